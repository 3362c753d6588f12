import { Socket } from 'node:dgram'

// Long after the longest check, and in the checks that send just behind the sending.
setTimeout(() => void Promise.reject(new Error('much too late')), 20_000)
const { send } = Socket.prototype
Socket.prototype.send = function (...args: unknown[]) {
  setImmediate(() => void Promise.reject(new Error('just behind')))
  return Reflect.apply(send, this, args) as void
}
