import { describe, expect, it } from '@jest/globals';
import { RateLimits } from './rate-limits.js';

const rates = { perOfficial: { burst: 3, perSecond: 1 }, perAddress: { burst: 20, perSecond: 2 } };

describe('limits', () => {
  it('let a burst pass, then so many a second, and say when to come back', () => {
    let ms = 0;
    const limits = new RateLimits(rates, () => ms);
    expect([1, 2, 3, 4].map(() => limits.ofOfficial('a'))).toEqual([undefined, undefined, undefined, 1]);
    expect(limits.ofOfficial('b')).toBeUndefined();
    ms += 1000;
    expect([limits.ofOfficial('a'), limits.ofOfficial('a')]).toEqual([undefined, 1]);
    ms += 60_000;
    expect([1, 2, 3, 4].map(() => limits.ofOfficial('a'))).toEqual([undefined, undefined, undefined, 1]);
  });
  it('count a refused sign-in as many requests of its address', () => {
    const limits = new RateLimits(rates, () => 0);
    limits.failed('10.0.0.1');
    limits.failed('10.0.0.1');
    expect(limits.ofAddress('10.0.0.1')).toBe(1);
    expect(limits.ofAddress('10.0.0.2')).toBeUndefined();
  });
  it('are none without settings', () => {
    const limits = new RateLimits(undefined);
    limits.failed('10.0.0.1');
    expect(Array.from({ length: 1000 }, () => limits.ofAddress('10.0.0.1') ?? limits.ofOfficial('a'))).not.toContain(1);
  });
});
