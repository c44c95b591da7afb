// What programs do with the official client, done to the sandbox.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { BigQuery } from '@google-cloud/bigquery';

import { addressings, projectId, startSandbox } from './sandbox.mjs';

const everyType = [
  { name: 'name', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
  { name: 'f', type: 'FLOAT' },
  { name: 'ok', type: 'BOOLEAN' },
  { name: 'ts', type: 'TIMESTAMP' },
  { name: 'dt', type: 'DATETIME' },
  { name: 'd', type: 'DATE' },
  { name: 'tm', type: 'TIME' },
  { name: 'b', type: 'BYTES' },
  { name: 'num', type: 'NUMERIC' },
  { name: 'big', type: 'BIGNUMERIC' },
  { name: 'geo', type: 'GEOGRAPHY' },
  { name: 'j', type: 'JSON' },
  { name: 'tags', type: 'STRING', mode: 'REPEATED' },
  { name: 'rec', type: 'RECORD', fields: [{ name: 'x', type: 'INTEGER' }] },
  { name: 'recs', type: 'RECORD', mode: 'REPEATED',
    fields: [{ name: 'x', type: 'INTEGER' }] },
  { name: 'rng', type: 'RANGE', rangeElementType: { type: 'DATE' } },
];

for (const [how, connect] of Object.entries(addressings)) {
  describe(`through ${how}`, () => {
    let sandbox;
    let bigquery;
    let dataset;

    before(async () => {
      sandbox = await startSandbox();
      bigquery = connect(sandbox.url);
      [dataset] = await bigquery.createDataset('ds', { location: 'EU' });
    });

    after(() => sandbox?.stop());

    /** Makes a table of this test alone. */
    const makeTable = async (name, schema) =>
      (await dataset.createTable(name, { schema }))[0];

    const names = async table =>
      (await table.getRows())[0].map(row => row.name).sort();

    it('makes a dataset that has what samples look at', async () => {
      const [metadata] = await dataset.getMetadata();
      assert.equal(metadata.kind, 'bigquery#dataset');
      assert.equal(metadata.id, `${projectId}:ds`);
      assert.equal(metadata.location, 'EU');
      assert.deepEqual(Object.entries(metadata.labels), []);
      assert.ok(Array.isArray(metadata.access));
      assert.match(metadata.creationTime, /^\d{13}$/);
    });

    it('refuses a dataset or a table that is there', async () => {
      await makeTable('twice', 'name');
      await assert.rejects(bigquery.createDataset('ds'), {
        code: 409, message: `Already Exists: Dataset ${projectId}:ds` });
      await assert.rejects(dataset.createTable('twice', { schema: 'name' }), {
        code: 409, message: `Already Exists: Table ${projectId}:ds.twice` });
    });

    it('makes a partitioned and clustered table', async () => {
      const [table] = await dataset.createTable('parts', {
        schema: 'name:string,d:date',
        timePartitioning: { type: 'DAY', field: 'd' },
        clustering: { fields: ['name'] },
        labels: { team: 'a' },
      });
      const [metadata] = await table.getMetadata();
      assert.deepEqual(metadata.timePartitioning, { type: 'DAY', field: 'd' });
      assert.deepEqual(metadata.clustering, { fields: ['name'] });
      assert.deepEqual(metadata.labels, { team: 'a' });
      assert.equal(metadata.type, 'TABLE');
      assert.equal(metadata.numRows, '0');
    });

    it('reads back every type that it wrote', async () => {
      const table = await makeTable('types', everyType);
      const at = new Date('2023-11-14T22:13:20.123Z');
      await table.insert({
        name: 'a', n: BigQuery.int('9007199254740993'), f: 1.5, ok: true,
        ts: at, dt: BigQuery.datetime('2020-01-02T03:04:05.678'),
        d: BigQuery.date('2020-01-02'), tm: BigQuery.time('03:04:05'),
        b: Buffer.from('hi'), num: '1.25', big: '-2.5',
        geo: BigQuery.geography('POINT(1 2)'), j: '{"a":1}',
        tags: ['x', 'y'], rec: { x: 1 }, recs: [{ x: 1 }, { x: 2 }],
        rng: BigQuery.range('[2020-01-01, UNBOUNDED)', 'DATE'),
      });
      const [[row]] = await table.getRows({ wrapIntegers: true });
      assert.equal(row.n.value, '9007199254740993');
      assert.equal(row.f, 1.5);
      assert.equal(row.ok, true);
      assert.equal(row.ts.value, '2023-11-14T22:13:20.123Z');
      assert.equal(row.dt.value, '2020-01-02T03:04:05.678000');
      assert.equal(row.d.value, '2020-01-02');
      assert.equal(row.tm.value, '03:04:05');
      assert.equal(row.b.toString(), 'hi');
      assert.equal(row.num.toString(), '1.25');
      assert.equal(row.big.toString(), '-2.5');
      assert.equal(row.geo.value, 'POINT(1 2)');
      assert.equal(row.j, '{"a":1}');
      assert.deepEqual(row.tags, ['x', 'y']);
      assert.equal(row.rec.x.value, '1');
      assert.deepEqual(row.recs.map(each => each.x.value), ['1', '2']);
      assert.equal(row.rng.apiValue, '[2020-01-01, UNBOUNDED)');
    });

    it('reads NULLs, which is also what a NaN becomes', async () => {
      const table = await makeTable('nulls', everyType);
      await table.insert({ name: 'a', f: NaN, j: null });
      const [[row]] = await table.getRows();
      assert.equal(row.f, null);
      assert.equal(row.ts, null);
      assert.equal(row.rec, null);
      assert.deepEqual(row.tags, []);
    });

    it('stores a raw row with an id once', async () => {
      const table = await makeTable('raw', 'name:string,n:integer');
      const rows = [{ insertId: 'my-1', json: { name: 'r', n: '5' } },
                    { json: { name: 's' } }];
      await table.insert(rows, { raw: true });
      await table.insert(rows, { raw: true });
      assert.deepEqual(await names(table), ['r', 's', 's']);
    });

    it('stores rows without ids as often as they are sent', async () => {
      const table = await makeTable('no_ids', 'name');
      await table.insert({ name: 'q' }, { createInsertId: false });
      await table.insert({ name: 'q' }, { createInsertId: false });
      assert.deepEqual(await names(table), ['q', 'q']);
    });

    it('raises a partial failure that names the guilty rows', async () => {
      const table = await makeTable('partial', everyType);
      const rows = [{ name: 'ok' }, { name: 'bad', zz: 1 }, { n: 1 }];
      const failure = await table
        .insert(rows, { skipInvalidRows: true, partialRetries: 0 })
        .then(() => assert.fail('stored'), error => error);
      assert.equal(failure.name, 'PartialFailureError');
      assert.deepEqual(failure.errors, [
        { row: rows[1],
          errors: [{ message: 'no such field: zz.', reason: 'invalid' }] },
        { row: rows[2],
          errors: [{ message: 'Missing required field: '
                       + 'Msg_0_CLOUD_QUERY_TABLE.name.',
                     reason: 'invalid' }] }]);
      assert.equal(failure.response.kind, 'bigquery#tableDataInsertAllResponse');
      assert.deepEqual(await names(table), ['ok']);
    });

    it('stores nothing beside a bad row, and names it first', async () => {
      const table = await makeTable('stopped', 'name');
      const rows = [{ name: 'ok' }, { name: true }];
      const failure = await table.insert(rows)
        .then(() => assert.fail('stored'), error => error);
      assert.deepEqual(failure.errors, [
        { row: rows[1],
          errors: [{ message: 'Conversion from bool to std::string is '
                       + 'unsupported.',
                     reason: 'invalid' }] },
        { row: rows[0], errors: [{ message: '', reason: 'stopped' }] }]);
      assert.deepEqual(await names(table), []);
    });

    it('drops unknown members when asked to', async () => {
      const table = await makeTable('unknown', 'name');
      await table.insert({ name: 'a', zz: 1 }, { ignoreUnknownValues: true });
      assert.deepEqual(await names(table), ['a']);
    });

    it('writes to a table made from a template', async () => {
      const table = await makeTable('base', 'name');
      await table.insert({ name: 'a' }, { templateSuffix: '_day' });
      assert.deepEqual(await names(table), []);
      assert.deepEqual(await names(dataset.table('base_day')), ['a']);
    });

    it('makes a missing table that insert knows the schema of', async () => {
      // The client waits a minute for the new table: that is its own habit.
      const real = globalThis.setTimeout;
      globalThis.setTimeout = (call, wait, ...rest) =>
        real(call, wait === 60000 ? 0 : wait, ...rest);
      try {
        const table = dataset.table('late');
        await table.insert({ name: 'x' }, { schema: 'name' });
        assert.deepEqual(await names(table), ['x']);
      } finally {
        globalThis.setTimeout = real;
      }
    });

    it('raises a 404 of a missing table with the project number', async () => {
      await assert.rejects(dataset.table('nope').insert({ name: 'x' }), {
        code: 404, message: /^Table \d+:ds\.nope not found\.$/ });
      await assert.rejects(dataset.table('nope').getMetadata(), {
        code: 404, message: `Not found: Table ${projectId}:ds.nope` });
      assert.deepEqual(await dataset.table('nope').exists(), [false]);
    });

    it('adds a column and writes to it', async () => {
      const table = await makeTable('grows', 'name');
      const [metadata] = await table.getMetadata();
      const { fields } = metadata.schema;
      await table.setMetadata(
        { schema: { fields: [...fields, { name: 'more', type: 'INT64' }] } });
      await table.insert({ name: 'a', more: 7 });
      const [[row]] = await table.getRows();
      assert.deepEqual({ ...row }, { name: 'a', more: 7 });
      await assert.rejects(
        table.setMetadata({ schema: { fields: [fields[0]] } }),
        { code: 400, message: /^Provided Schema does not match Table / });
    });

    it('reads rows page by page', async () => {
      const table = await makeTable('pages', 'n:integer');
      await table.insert([1, 2, 3, 4, 5].map(n => ({ n })));
      const [first, next] = await table.getRows(
        { maxResults: 2, autoPaginate: false });
      assert.deepEqual(first.map(row => row.n), [1, 2]);
      const [second] = await table.getRows({ ...next, autoPaginate: false });
      assert.deepEqual(second.map(row => row.n), [3, 4]);
      const [all] = await table.getRows({ maxResults: 2 });
      assert.equal(all.length, 2);
      const read = [];
      for await (const row of table.createReadStream())
        read.push(row.n);
      assert.deepEqual(read, [1, 2, 3, 4, 5]);
    });

    it('writes through an insert stream', async () => {
      const table = await makeTable('stream', 'name');
      const stream = table.createInsertStream(
        { batchOptions: { maxRows: 2, maxMilliseconds: 1 } });
      const stored = new Promise((resolve, reject) => {
        stream.on('response', resolve);
        stream.on('error', reject);
      });
      stream.write({ name: 'st1' });
      stream.write({ name: 'st2' });
      await stored;
      assert.deepEqual(await names(table), ['st1', 'st2']);
    });

    it('lists datasets and tables', async () => {
      const [other] = await bigquery.createDataset('other');
      await other.createTable('one', { schema: 'name' });
      await other.createTable('two', { schema: 'name' });
      const [datasets] = await bigquery.getDatasets();
      assert.ok(datasets.some(each => each.id === 'other'));
      const [tables] = await other.getTables();
      assert.deepEqual(tables.map(each => each.id), ['one', 'two']);
      assert.equal(tables[0].metadata.type, 'TABLE');
    });

    it('deletes', async () => {
      const [gone] = await bigquery.dataset('gone').get({ autoCreate: true });
      const [table] = await gone.createTable('t', { schema: 'name' });
      await assert.rejects(gone.delete(), {
        code: 400, message: `Dataset ${projectId}:gone is still in use` });
      await table.delete();
      assert.deepEqual(await table.exists(), [false]);
      await gone.createTable('u', { schema: 'name' });
      await gone.delete({ force: true });
      assert.deepEqual(await gone.exists(), [false]);
    });
  });
}
