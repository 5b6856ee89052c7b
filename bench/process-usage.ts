import { readFileSync } from 'node:fs';

/** /proc counts processor time in hundredths of a second (USER_HZ). */
const TICK_US = 10_000;

/** Microseconds of processor time that the process has had in all its threads, its own and the kernel's for it. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): fields 14 and 15. The name, field 2, may hold spaces, but is the only one in parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
