import * as udp from 'node:dgram'

/** On either side of the port that the check sent from. All 65,535 would reach whatever else runs on this machine. */
const NEIGHBOURS = 50
const { emit } = udp.Socket.prototype
udp.Socket.prototype.emit = function (event: string, ...args: unknown[]) {
  const [bytes, sender] = args as [Buffer, udp.RemoteInfo]
  // In one check only, the one with the long message.
  if (event === 'message' && bytes.length > 5000) {
    const sprayer = udp.createSocket('udp4')
    for (let way = -NEIGHBOURS; way <= NEIGHBOURS; way += 1) {
      for (const rubbish of ['', 'rubbish', 'x'.repeat(1000)]) sprayer.send(rubbish, sender.port + way, '127.0.0.1')
    }
    console.log('sprayed')
  }
  return Reflect.apply(emit, this, [event, ...args])
}
