/**
 * How many requests one official and one address may make: buckets in this process, so that they hold whatever else is away. Several API
 * processes count each for itself.
 */
import { Problem } from './problem-details.js';

export interface Rate {
  /** So many at once. */
  readonly burst: number;
  /** And so many a second from then on. */
  readonly perSecond: number;
}

export interface RateSettings {
  readonly perOfficial: Rate;
  readonly perAddress: Rate;
}

/** A sign-in or token that was refused counts as so many requests: guessing is slow. */
const A_FAILURE = 10;
const MOST_BUCKETS = 50_000;

/** A bucket for each key that is full again after a while, and then forgotten. */
class Buckets {
  private readonly buckets = new Map<string, { left: number; at: number }>();

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number,
  ) {}

  /** Takes one from the bucket; answers after how many seconds there is one in it, where there is none. */
  take(key: string): number | undefined {
    const left = this.leftIn(key);
    this.put(key, left < 1 ? left : left - 1);
    return left < 1 ? Math.max(1, Math.ceil((1 - left) / this.rate.perSecond)) : undefined;
  }

  /** Empties it by so many, to nothing at the least. */
  spend(key: string, count: number): void {
    this.put(key, Math.max(0, this.leftIn(key) - count));
  }

  private leftIn(key: string): number {
    const known = this.buckets.get(key);
    const { burst, perSecond } = this.rate;
    return known === undefined ? burst : Math.min(burst, known.left + ((this.now() - known.at) / 1000) * perSecond);
  }

  private put(key: string, left: number): void {
    // Put in anew, so that the one that was not used for longest is the first.
    this.buckets.delete(key);
    this.buckets.set(key, { left, at: this.now() });
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MOST_BUCKETS && oldest !== undefined) this.buckets.delete(oldest);
  }
}

/** Without settings nothing is limited. */
export class RateLimits {
  private readonly officials: Buckets | undefined;
  private readonly addresses: Buckets | undefined;

  constructor(settings: RateSettings | undefined, now: () => number = () => performance.now()) {
    this.officials = settings === undefined ? undefined : new Buckets(settings.perOfficial, now);
    this.addresses = settings === undefined ? undefined : new Buckets(settings.perAddress, now);
  }

  /** Counts a request of an official; answers after how many seconds to come back, where there were too many. */
  ofOfficial(official: string): number | undefined {
    return this.officials?.take(official);
  }

  ofAddress(address: string): number | undefined {
    return this.addresses?.take(address);
  }

  /** A token or session from this address was refused. */
  failed(address: string): void {
    this.addresses?.spend(address, A_FAILURE);
  }
}

/** `retryAfter` in seconds. */
export function tooMany(retryAfter: number): Problem {
  return new Problem(
    429,
    'too-many',
    {
      id: `Terlalu banyak permintaan. Coba lagi dalam ${retryAfter} detik.`,
      en: `Too many requests. Try again in ${retryAfter} seconds.`,
    },
    { retryAfter },
  );
}
