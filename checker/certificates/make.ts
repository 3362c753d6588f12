/**
 * Makes the certificates of lesson 6 anew, with the program `openssl` (3.0 or later):
 *
 *     node --import tsx checker/certificates/make.ts
 *
 * They lie in the repository, so nobody needs to run this to use the book. Each server has a certificate, `NAME.pem`, and the
 * private key that belongs to it, `NAME.key.pem`. A private key that can be downloaded protects nothing: they are for trying
 * things out on 127.0.0.1. Of the authorities only the certificates are kept. Their keys are forgotten with the temporary
 * folder, so that nobody can sign anything with them, and a machine that trusts them by mistake is in no danger.
 *
 * @see RFC 5280 for what is in a certificate; RFC 9525 for names and addresses; the manual pages openssl-ca and openssl-req
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

const EC = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
const RSA = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']

/** So far ahead that no check fails because time goes by. */
const LONG = { from: '20200101000000Z', until: '21200101000000Z' }
const LONG_AGO = { from: '20200101000000Z', until: '20210101000000Z' }
const NOT_YET = { from: '21100101000000Z', until: '21200101000000Z' }

const THIS_MACHINE = 'DNS:localhost,IP:127.0.0.1'
/** Its name is that of this machine, and its address begins as that does. */
const NEIGHBOUR = 'DNS:localhost,IP:127.0.0.11'

interface Request {
  readonly name: string
  /** Who signs; itself by default. */
  readonly signer?: string
  /** Whose certificate it is, for people to read. */
  readonly subject: string
  readonly extensions: readonly string[]
  readonly valid?: { readonly from: string; readonly until: string }
  readonly algorithm?: readonly string[]
}

const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash']

/**
 * @param names the names and addresses under which the server may be reached
 * @param signedWith whether it says with which key it was signed, so that two authorities of one name can be told apart without
 *   trying their keys
 */
function server(names: string, signedWith: 'keyid' | 'none' = 'keyid'): string[] {
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature',
    'extendedKeyUsage=serverAuth',
    `subjectAltName=${names}`,
    'subjectKeyIdentifier=hash',
    `authorityKeyIdentifier=${signedWith}`,
  ]
}

const requests: readonly Request[] = [
  { name: 'authority', subject: 'Socket workbook authority', extensions: AUTHORITY },
  // Anyone can take the name of an authority. What it signs looks genuine in everything but the signature.
  { name: 'other-authority', subject: 'Socket workbook authority', extensions: AUTHORITY },
  { name: 'other', signer: 'other-authority', subject: 'Socket workbook server', extensions: server(THIS_MACHINE, 'none') },
  { name: 'good', signer: 'authority', subject: 'Socket workbook server', extensions: server(THIS_MACHINE) },
  {
    name: 'good-rsa',
    signer: 'authority',
    subject: 'Socket workbook RSA server',
    extensions: server(THIS_MACHINE),
    algorithm: RSA,
  },
  { name: 'wrong-host', signer: 'authority', subject: 'Server of another name', extensions: server('DNS:files.example') },
  { name: 'expired', signer: 'authority', subject: 'Server of 2020', extensions: server(THIS_MACHINE), valid: LONG_AGO },
  { name: 'self-signed', subject: 'Server that vouches for itself', extensions: server(THIS_MACHINE) },
  // An authority with a name of its own.
  { name: 'second-authority', subject: 'Second workbook authority', extensions: AUTHORITY },
  { name: 'neighbour', signer: 'second-authority', subject: 'Server at another address', extensions: server(NEIGHBOUR) },
  {
    name: 'not-yet',
    signer: 'second-authority',
    subject: 'Server of 2110',
    extensions: server(THIS_MACHINE),
    valid: NOT_YET,
  },
]

/** What `openssl ca` must be told, although it could know. */
const CONFIG = `
[ca]
default_ca = workbook
[workbook]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = sha256
policy = policy
[policy]
commonName = supplied
[req]
distinguished_name = subject
[subject]
`

const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
try {
  writeFileSync(join(folder, 'openssl.cnf'), CONFIG)
  writeFileSync(join(folder, 'index.txt'), '')
  for (const request of requests) make(request)
} finally {
  rmSync(folder, { recursive: true })
}

function make({ name, signer = name, subject, extensions, valid = LONG, algorithm = EC }: Request): void {
  const files = { key: `${name}.key.pem`, request: `${name}.csr`, extensions: `${name}.ext`, cert: `${name}.pem` }
  writeFileSync(join(folder, files.extensions), `${extensions.join('\n')}\n`)
  openssl('genpkey', ...algorithm, '-out', files.key)
  openssl('req', '-new', '-config', 'openssl.cnf', '-key', files.key, '-subj', `/CN=${subject}`, '-out', files.request)
  // `openssl ca` sets the first and the last moment exactly; `openssl x509` learnt that only in version 3.4.
  const dates = ['-startdate', valid.from, '-enddate', valid.until]
  const signature = ['-keyfile', `${signer}.key.pem`, ...(signer === name ? ['-selfsign'] : ['-cert', `${signer}.pem`])]
  const inAndOut = ['-extfile', files.extensions, '-in', files.request, '-out', files.cert]
  openssl('ca', '-batch', '-notext', '-config', 'openssl.cnf', ...dates, ...signature, ...inAndOut)
  copyFileSync(join(folder, files.cert), join(HERE, files.cert))
  if (extensions !== AUTHORITY) copyFileSync(join(folder, files.key), join(HERE, files.key))
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}
