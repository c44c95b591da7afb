// What the suites of this folder share: a sandbox of their own and clients of
// it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { BigQuery } from '@google-cloud/bigquery';
import { OAuth2Client } from 'google-auth-library';

export const projectId = 'conformance';

/** Starts `bqstreamer sandbox` and returns how to reach and to end it. */
export async function startSandbox(...options) {
  const child = spawn(process.env.BQS_PROGRAM,
                      ['sandbox', '--port=0', ...options],
                      { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listens on (\S+?),/.exec(line)?.[1];
    if (url) {
      const stop = async () => {
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      };
      return { url, stop };
    }
  }
  throw new Error('the sandbox ended before it listened');
}

/** The two ways to point the client at an endpoint. */
export const addressings = {
  // Calls /bigquery/v2/projects/..., with a token.
  'apiEndpoint': url => {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'any' });
    return new BigQuery({ projectId, apiEndpoint: url, authClient });
  },
  // Calls /projects/..., without a token.
  'BIGQUERY_EMULATOR_HOST': url => {
    process.env.BIGQUERY_EMULATOR_HOST = url;
    try {
      return new BigQuery({ projectId });
    } finally {
      delete process.env.BIGQUERY_EMULATOR_HOST;
    }
  },
};
