import { expect, it } from '@jest/globals';
import pg from 'pg';
import { Sessions } from './session.js';

it('under https no other host of the domain can put a cookie of ours in a browser', () => {
  const names = (publicUrl: string) => {
    const { cookieName, leavingName } = new Sessions(new pg.Pool(), publicUrl);
    return [cookieName, leavingName];
  };
  // Browsers take a name with this prefix only over https, for the whole host and from the host itself.
  for (const name of names('https://tegas.example')) expect(name).toMatch(/^__Host-/);
  for (const name of names('http://localhost:3000')) expect(name).not.toContain('__Host-');
});
