// What programs ask with the official client, asked of the sandbox.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { addressings, startSandbox } from './sandbox.mjs';

for (const [how, connect] of Object.entries(addressings)) {
  describe(`queries through ${how}`, () => {
    let sandbox;
    let bigquery;

    before(async () => {
      sandbox = await startSandbox();
      bigquery = connect(sandbox.url);
      const [dataset] = await bigquery.createDataset('ds');
      const [table] = await dataset.createTable('t', {
        schema: 'name:string,n:integer,at:timestamp' });
      await table.insert([
        { name: 'a', n: 1, at: '2023-11-14T22:13:20.123Z' },
        { name: 'b', n: 2, at: null },
        { name: 'c', n: 3, at: null }]);
    });

    after(() => sandbox?.stop());

    it('reads the rows back', async () => {
      const [rows] = await bigquery.query(
        'SELECT name, n, `at` FROM ds.t ORDER BY n');
      assert.deepEqual(rows.map(row => [row.name, row.n, row.at?.value]), [
        ['a', 1, '2023-11-14T22:13:20.123Z'],
        ['b', 2, undefined],
        ['c', 3, undefined]]);
    });

    it('takes parameters by name and by position', async () => {
      const [named] = await bigquery.query({
        query: 'SELECT name FROM ds.t WHERE n = @n', params: { n: 2 },
        location: 'US' });
      assert.deepEqual(named.map(row => row.name), ['b']);
      const [placed] = await bigquery.query({
        query: 'SELECT n FROM ds.t WHERE name = ?', params: ['c'] });
      assert.deepEqual(placed.map(row => row.n), [3]);
    });

    it('makes a job and reads its results', async () => {
      const [job] = await bigquery.createQueryJob('SELECT COUNT(*) AS n FROM ds.t');
      const [rows] = await job.getQueryResults();
      assert.deepEqual(rows.map(row => row.n), [3]);
      const [metadata] = await job.getMetadata();
      assert.equal(metadata.status.state, 'DONE');
    });

    it('raises what a query is wrong about', async () => {
      await assert.rejects(bigquery.query('SELECT nope FROM ds.t'), {
        code: 400, message: /Unrecognized name: nope/ });
      await assert.rejects(bigquery.query('SELECT 1 FROM ds.nope'), {
        code: 404, message: /^Not found: Table / });
    });
  });
}
