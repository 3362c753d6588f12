import type { Transfer } from './05-file-transfer.ts'
import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable, Transfer }

/** A node that has a link to this one. */
export interface Peer {
  /** As it said in its `hello`. */
  id: string
  /** Where it can be reached, as it said in its `hello`: not where the connection happens to come from. */
  address: Address
  /** The names of its files, as it last announced them. */
  files: string[]
}

/** A file that a search has found. */
export interface Hit {
  /** The node that has it. */
  id: string
  /** Where that node can be reached. */
  address: Address
  name: string
  /** In bytes. */
  size: number
  /** SHA-256 of its content, in hexadecimal with small letters. */
  sha256: string
}

export interface NodeOptions {
  /** The folder with the files to share: those that lie in it directly. Nothing outside is ever sent. */
  dir: string
  /** 32 hexadecimal digits; by default drawn at random, so that no other node has the same. */
  id?: string
  /** Port to listen on, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /**
   * The nodes to link with at the start. All of them may be away, or make no sense: whoever links with this node later is a peer
   * as well.
   */
  peers?: Address[]
  /** The address to tell others, where it is not the one the node listens on: that of a relay before it, for example. */
  advertise?: Address
  /** How many links a search of this node may pass in a row; 7 by default. */
  ttl?: number
  /** Called again and again while a file is sent to another node or received by `download`, as in lesson 5. */
  onTransfer?(transfer: Transfer): void
}

/** `close()` ends all links, and whatever is being served. It says goodbye to the peers first, where it can. */
export interface Node extends Closable {
  /** 32 hexadecimal digits. */
  id: string
  /** Where the node really listens: the host is 127.0.0.1, the port is never 0. */
  address: Address
  /** The nodes that have a link to this one right now, each of them once, in any order. */
  peers(): Peer[]
  /**
   * Asks the network who has a file of exactly this name: all peers, also when the node has such a file itself.
   * @param options `timeoutMs`: how long to wait for answers, in milliseconds; 1,000 by default
   * @returns what has been found until then, in any order; nothing, when nobody has answered. Whether a file of this node's own
   *   is among it is up to the node.
   */
  search(name: string, options?: { timeoutMs?: number }): Promise<Hit[]>
  /**
   * Fetches a file from the node that has it, without a detour, and compares it with the hash of the hit.
   * Several downloads may go on at once, also into one folder.
   * @param into the folder for it. It is there already. The file appears under its name when it is whole and right. Until then,
   *   and when `download` rejects, a file that has lain there under that name stays as it was.
   * @returns the path of the file
   * @throws Error when the owner is gone, has no such file any more, or sends something else; with any code
   */
  download(hit: Hit, into: string): Promise<string>
  /** Looks through the folder again, and announces what is in it now to all peers. */
  rescan(): Promise<void>
}

/**
 * What `exercises/07-p2p-network.ts` exports.
 *
 * A node listens on one port. What a connection is for shows in its first frame, laid out as in lesson 5: one that starts with
 * `list` or `get` is served as there, one that starts with `hello` is a link. On a link both ends say `hello` first, the one that
 * has connected before the other. After that either end says what it has to say.
 *
 * | on a link | |
 * |---|---|
 * | `{type:"hello",id,host,port,files}` | `files` are `{name,size,sha256}` each |
 * | `{type:"files",files}` | all files, when they have changed |
 * | `{type:"query",qid,name,ttl,hops}` | who has a file of this name? `qid` is new for each search |
 * | `{type:"hit",qid,id,host,port,name,size,sha256}` | this node has it |
 * | `{type:"bye"}` | this end leaves |
 *
 * Frames of other types are ignored. A frame that is none closes the link it came over, and no other.
 *
 * A node that gets a query for the first time answers with a `hit` if it knows who has the file, lowers the `ttl` by one, and if
 * that leaves more than 0, sends the query to its other peers, never to the one it came from. A query whose `qid` it has seen is
 * dropped. A hit goes to the peer from which the query came, and to no other. Between two nodes there is one link at most, and
 * none between a node and itself. When two nodes have connected to each other, both keep the same one of the two connections.
 * @see Gnutella 0.6 (draft, 2002), sections 2.2.1 and 2.2.7; RFC 8259 (JSON); "Net" in the Node.js manual
 */
export interface P2pNetwork {
  /**
   * Starts a node on 127.0.0.1, and links it with the peers that are there.
   * @returns once other nodes can connect; whoever of its peers is away
   * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound
   */
  startNode(options: NodeOptions): Promise<Node>
}

/** What each export resolves to. */
export const shapes: ExportShapes<P2pNetwork> = {
  startNode: {
    fields: {
      id: 'text',
      address: 'address',
      peers: 'function',
      search: 'function',
      download: 'function',
      rescan: 'function',
      close: 'function',
    },
  },
}
