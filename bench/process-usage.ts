import { readFileSync } from 'node:fs';

/** /proc counts processor time in hundredths of a second (USER_HZ). */
const TICK_US = 10_000;

/** The processor time of all threads of a process in microseconds, in user and kernel mode. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // proc(5): fields 14 and 15. Field 2, the name, may contain spaces, but it is the only one in parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
