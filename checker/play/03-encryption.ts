import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Encryption } from '../contracts/03-encryption.ts'
import { readAddress, type Role, type Roles, type Running } from './play.ts'

const RECEIVER_PORT = '5003'
const TAP_PORT = '5033'
const PORT = { default: RECEIVER_PORT, about: 'the port of the receiver' }
// A key may begin with a dash, so it is given as --key=KEY.
const KEY = { default: '', about: 'the key that both ends share' }

const key: Role<Encryption> = {
  about: 'prints a new key',
  options: {},
  async start({ program, print }) {
    print(await program.generateKey())
    return over()
  },
}

const receiver: Role<Encryption> = {
  about: 'prints every message, and what it refuses and why',
  options: {
    port: PORT,
    key: { ...KEY, about: `${KEY.about}; without it a new one` },
    ttl: { default: '60', about: 'how old a token may be, in seconds' },
    allow: { default: '', about: 'who may send: addresses with commas between; without it everybody' },
  },
  relayed: true,
  async start({ program, options, print }) {
    const shared = options.key || (await program.generateKey())
    if (shared !== options.key) print(`for the sender: --key=${shared}`)
    const listening = await program.startSecureReceiver({
      key: shared,
      port: Number(options.port),
      ttl: Number(options.ttl),
      ...(options.allow ? { allow: options.allow.split(',') } : {}),
      onMessage: (text, from) => print(`${from.host}:${from.port}  ${text}`),
      onReject: (why, from) => print(`${from.host}:${from.port}  refused: ${why}`),
    })
    return { address: listening.address, ended: new Promise(() => undefined), close: () => listening.close() }
  },
}

const sender: Role<Encryption> = {
  about: 'sends every line you type as a token',
  options: { port: PORT, key: KEY },
  async start({ program, options, lines, print }) {
    if (!options.key) {
      print('A sender needs the key of its receiver: --key=KEY. A new one: npm run play lesson-3 -- key')
      return over()
    }
    const to = readAddress(options.port ?? RECEIVER_PORT)
    const { key: shared } = options
    const sending = async () => {
      for await (const line of lines) await program.sendSecure(line, { to, key: shared })
    }
    return { ended: sending(), close: async () => undefined }
  },
}

const tap: Role<Encryption> = {
  about: 'stands in the way of a sender: prints what passes and sends it on',
  options: {
    port: { default: TAP_PORT, about: 'the port it listens on; let the sender send here' },
    to: { default: RECEIVER_PORT, about: 'the port of the receiver' },
    copies: { default: '1', about: 'how often it sends on what it got: 2 is a replay' },
  },
  async start({ options, print }) {
    const to = readAddress(options.to ?? RECEIVER_PORT)
    const socket = createSocket('udp4')
    socket.on('message', (datagram) => {
      print(datagram.toString())
      for (let copy = 0; copy < Number(options.copies); copy += 1) socket.send(datagram, to.port, to.host)
    })
    socket.bind(Number(options.port), '127.0.0.1')
    await once(socket, 'listening')
    const { address: host, port } = socket.address()
    return { address: { host, port }, ended: once(socket, 'close'), close: async () => void socket.close() }
  },
}

export const roles: Roles<Encryption> = { key, receiver, sender, tap }

/** A role that has done its work. */
function over(): Running {
  return { ended: Promise.resolve(), close: async () => undefined }
}
