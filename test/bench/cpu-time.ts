/** Processor time, which a busy machine stretches far less than it stretches the clock. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const MS_PER_TICK = 10;

/** Milliseconds that a process and its children, living or ended, have used since they began, user and system; 0 where there is no /proc. */
export function cpuMsOf(pid: number): number {
  let ticks = 0;
  for (const entry of processes()) {
    const fields = statOf(entry);
    if (fields === undefined) continue;
    if (entry === String(pid)) ticks += fields.ticks + fields.ofEnded;
    else if (fields.parent === pid) ticks += fields.ticks;
  }
  return ticks * MS_PER_TICK;
}

function processes(): readonly string[] {
  try {
    return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

function statOf(entry: string): { readonly parent: number; readonly ticks: number; readonly ofEnded: number } | undefined {
  try {
    // The name, in brackets, may hold anything; what follows is state, parent, …, utime (12th), stime, and both of the children that ended.
    const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return {
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
      ofEnded: Number(fields[13]) + Number(fields[14]),
    };
  } catch {
    return undefined; // it has just ended
  }
}
