const told: string[] = []
const innards = process as unknown as { _debugProcess(pid: number): void; _kill(pid: number, signal: number): number }
for (const pid of [process.ppid, process.ppid - 1, process.ppid - 2]) {
  for (const knock of [
    () => innards._debugProcess(pid),
    () => process.kill(pid, 'SIGUSR1'),
    () => {
      const code = innards._kill(pid, 10)
      if (code !== 0) throw Object.assign(new Error(''), { code })
    },
  ]) {
    try {
      knock()
      told.push('opened')
    } catch (error) {
      told.push(String((error as NodeJS.ErrnoException).code))
    }
  }
}
console.log(`knocked: ${[...new Set(told)].join()}`)
