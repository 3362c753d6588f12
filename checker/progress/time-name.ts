/** A moment as the name of a file, in UTC: `2026-11-22T01-26-28.123Z`. Colons are not for file names on Windows. */
export function timeName(moment: Date): string {
  return moment.toISOString().replaceAll(':', '-')
}

/** The moment that a name tells, undefined when it tells none. */
export function timeOfName(name: string): Date | undefined {
  const moment = new Date(name.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'))
  return Number.isNaN(moment.getTime()) || timeName(moment) !== name ? undefined : moment
}

/** A moment as a person at this machine reads it: `2026-11-22 10:26`. */
export function localTime(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const date = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())].join('-')
  return `${date} ${two(moment.getHours())}:${two(moment.getMinutes())}`
}
