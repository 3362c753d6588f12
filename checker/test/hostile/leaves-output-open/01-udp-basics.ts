const module = 'node:child_process'
const { spawn } = (await import(module)) as typeof import('node:child_process')
spawn('sleep', ['600'], { stdio: 'inherit' })
console.log('the last words')
process.exit(0)
