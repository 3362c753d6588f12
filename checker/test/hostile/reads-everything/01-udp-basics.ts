import * as fs from 'node:fs'
import { createRequire } from 'node:module'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What is not the attempt's to read. The workbook's folder is found by a stack trace, which names the learner's own file. */
const ownFile = /(\/[^():]+01-udp-basics\.ts)/.exec(new Error('where am I').stack ?? '')?.[1] ?? '/'
const workbook = join(dirname(ownFile), '../../../..')
const home = ((): string => {
  try {
    return userInfo().homedir
  } catch {
    return '/root'
  }
})()
const files = [
  ownFile,
  join(workbook, 'checker/checks/01-udp-basics.check.ts'),
  join(workbook, 'solutions/01-udp-basics.ts'),
  join(workbook, 'package.json'),
  join(workbook, '.workbook/progress.json'),
  join(home, '.npmrc'),
  join(home, '.ssh/id_ed25519'),
  '/etc/passwd',
  '../program-2/files',
  '../program-1.pid',
  `/proc/${process.ppid}/environ`,
]

const require = createRequire(import.meta.url)
const ways: Readonly<Record<string, (file: string) => unknown>> = {
  readFileSync: (file) => fs.readFileSync(file),
  relative: (file) => fs.readFileSync(`./../../../../../../../../../../..${file}`),
  encoded: (file) => fs.readFileSync(Buffer.from(file)),
  url: (file) => fs.readFileSync(pathToFileURL(file)),
  promises: (file) => fs.promises.readFile(file),
  open: (file) => fs.openSync(file, 'r'),
  stream: (file) => new Promise((resolve, reject) => fs.createReadStream(file).on('data', resolve).on('error', reject)),
  list: (file) => fs.readdirSync(dirname(file)),
  copy: (file) => fs.copyFileSync(file, 'copy'),
  copyFolder: (file) => fs.cpSync(dirname(file), 'copies', { recursive: true }),
  link: (file) => fs.linkSync(file, 'link'),
  symlink: (file) => {
    fs.symlinkSync(file, 'symlink')
    return fs.readFileSync('symlink')
  },
  relativeSymlink: (file) => {
    fs.symlinkSync(`../../../../../../..${file}`, 'relative-symlink')
    return fs.readFileSync('relative-symlink')
  },
  blob: (file) => fs.openAsBlob(file).then((blob) => blob.text()),
  import: (file) => import(pathToFileURL(file).href),
  require: (file) => require(file) as unknown,
  loadEnvFile: (file) => process.loadEnvFile(file),
  database: async (file) => {
    const module = 'node:sqlite'
    const { DatabaseSync } = (await import(module)) as { DatabaseSync: new (path: string, options: object) => object }
    return new DatabaseSync(file, { readOnly: true })
  },
  socketFile: () =>
    new Promise((resolve, reject) =>
      createServer()
        .listen('/tmp/hostile.sock', () => resolve(''))
        .on('error', reject),
    ),
  knock: () =>
    new Promise((resolve, reject) => {
      connect('/var/run/docker.sock', () => resolve('')).on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? resolve('') : reject(error),
      )
    }),
}

const got: string[] = []
for (const [way, read] of Object.entries(ways)) {
  for (const file of files) {
    try {
      await read(file)
      got.push(`${way} ${file}`)
    } catch {
      // Denied.
    }
  }
}

export async function startReceiver(): Promise<never> {
  throw new Error(`read: ${got.length === 0 ? 'nothing' : got.join()}`)
}
export const sendText = startReceiver
export const sendLines = startReceiver
