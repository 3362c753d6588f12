import { readCertificate, readIdentity } from '../certificates/certificates.ts'
import type { FileTransfer } from '../contracts/05-file-transfer.ts'
import type { ClientTls, TlsFileTransfer } from '../contracts/06-tls.ts'
import { roles as plainRoles } from './05-file-transfer.ts'
import type { Role, RoleOption, Roles, Stage } from './play.ts'

const PORT = { default: '5006', about: 'the port of the server' }
const CERTIFICATE = {
  default: 'good',
  about: 'what the server shows: good, good-rsa, self-signed, wrong-host, neighbour, expired, not-yet, other',
}
const TRUST = {
  ca: { default: 'authority', about: 'whom the client trusts: authority, other-authority, second-authority, self-signed' },
  servername: { default: '', about: 'the name to look for in the certificate; by default the address' },
}

export const roles: Roles<TlsFileTransfer> = {
  server: secured('server', 'serves the files of a folder over TLS', { port: PORT, cert: CERTIFICATE }),
  list: secured('list', 'prints which files a server has', { port: PORT, ...TRUST }),
  fetch: secured('fetch', 'fetches files; without --names, all that the server has', { port: PORT, ...TRUST }),
}

/** A role of lesson 5, with more options, in which the program of lesson 6 takes the part of that of lesson 5. */
function secured(name: string, about: string, options: Readonly<Record<string, RoleOption>>): Role<TlsFileTransfer> {
  const plain = plainRoles[name]
  if (plain === undefined) throw new Error(`Lesson 5 has no role ${name}.`)
  return {
    about,
    options: { ...plain.options, ...options },
    start: (stage) => plain.start({ ...stage, program: asPlain(stage) }),
  }
}

function asPlain({ program, options }: Stage<TlsFileTransfer>): FileTransfer {
  return {
    startFileServer: (wanted) => program.startFileServer({ ...wanted, tls: read(readIdentity, options.cert) }),
    listFiles: (server) => program.listFiles(server, { tls: trust(options) }),
    fetchFiles: (wanted) => program.fetchFiles({ ...wanted, tls: trust(options) }),
    serveConnection() {
      throw new Error('Lesson 6 has no such function.')
    },
  }
}

function trust({ ca, servername = '' }: Stage<TlsFileTransfer>['options']): ClientTls {
  return { ca: read(readCertificate, ca), ...(servername === '' ? {} : { servername }) }
}

function read<T>(reading: (name: string) => T, name = ''): T {
  try {
    return reading(name)
  } catch {
    throw new Error(`there is no certificate "${name}" of that kind in checker/certificates`)
  }
}
