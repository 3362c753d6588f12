import type { Transfer as FileTransfer } from './05-file-transfer.ts'
import type { Hit } from './07-p2p-network.ts'
import type { Address, Closable } from './endpoint.ts'
import type { ExportShapes } from './shape.ts'

export type { Address, Closable, Hit }

/** A file on its way, as the event stream tells it. */
export interface Transfer extends FileTransfer {
  /** The same in all events of one transfer, and in no other's. */
  id: string
  /** Why it has failed, in words for whoever looks at the page. */
  error?: string
}

export interface GuiOptions {
  /** The folder to share. What is put and what is fetched comes here, too, and is shared then. */
  dir: string
  /** Port of the page, on 127.0.0.1. The default, 0, means any free port. */
  port?: number
  /** The nodes to link with at the start, as in lesson 7. */
  peers?: Address[]
}

/** `close()` ends the page's server and the node, with all that is open: also event streams that nobody has ended. */
export interface Gui extends Closable {
  /** Where the page is, for a browser: `http://127.0.0.1:51234/`. */
  url: string
  /** Where other nodes can reach this one. */
  node: Address
}

/**
 * What `exercises/08-gui.ts` exports. The page beside it, `exercises/08-gui.html`, is the learner's, too.
 *
 * | the server answers | |
 * |---|---|
 * | `GET /` | the page: HTML in UTF-8 |
 * | `GET /api/files` | the files in the folder, as JSON: `[{name,size}]` |
 * | `PUT /api/files/NAME` | the body becomes a file of this name, whole or not at all; 2xx once it is there and announced. What breaks off leaves nothing in the folder |
 * | `GET /api/search?name=NAME` | what the network has found, as JSON: the hits of lesson 7 |
 * | `POST /api/download` | the body is a hit as JSON; 202 as soon as the transfer has begun. It goes on when the answer is given |
 * | `GET /api/events` | a stream of server-sent events, see below |
 *
 * A NAME is percent-encoded UTF-8. It is one plain name: 400 for one that holds `/`, `\` or NUL, and 400 or 404 for one that is
 * empty, `.` or `..`. A file of that name that is there already is replaced. 400 also for a search without a name, for a body that
 * is no hit (a hit has all fields, and its port is one) or has a name that is none, and for what cannot be decoded. 404 for other
 * paths; 400, 403 and 405 will do for one that climbs. 405 for other methods. 403 for whatever is asked with another `Host` than
 * that of the url (`localhost` with its port may be answered), and for whatever comes with the `Origin` of another page. The page
 * may use other routes besides. None of them gives away what lies elsewhere on the disk.
 *
 * An event has the name `transfer`, and as its data a `Transfer` as JSON. The page may have events of other names. A subscriber
 * first gets the present state of each transfer that is on its way, then how it goes on, with every change of its state. Transfers
 * of both directions are told. Those of a file that is fetched end with `done` when it lies in the folder, whole and with the right
 * hash, and with `failed` when it never will. Those of a file that is sent end with `done` when all of it has gone out, and with
 * `failed` when the other node goes away before. `size` is what the hit said. The same file once more is another transfer.
 * Several peers that fetch one file at a time may be told as one transfer or as several.
 *
 * | on the page | found by |
 * |---|---|
 * | a file input | its label has the word *file* |
 * | a button that shares what was picked | its name has *share* |
 * | a field for the name of a file | its name has *search* |
 * | a button that starts the search; Enter in the field does the same | its name has *search* |
 * | for each hit a button that fetches it | its name has *fetch* |
 * | for each transfer a progress bar | its role; its value against its maximum |
 * | a region in which the page says what has happened, errors too | the role `status` or `alert` |
 *
 * What needs no hit and no transfer is there as soon as the page is. The names of the files in the folder, and of those that were
 * found, stand on the page as text.
 * @see RFC 9110 (HTTP), sections 7.2 (Host) and 15; HTML Living Standard, "Server-sent events"; WAI-ARIA 1.2; "HTTP" in the
 *   Node.js manual
 */
export interface GuiProgram {
  /**
   * Starts a node, and a page for it on 127.0.0.1.
   * @returns once both can be reached
   * @throws Error with the system's code, such as 'EADDRINUSE', when the port cannot be bound; nothing is left running then
   */
  startGui(options: GuiOptions): Promise<Gui>
}

/** What each export resolves to. */
export const shapes: ExportShapes<GuiProgram> = {
  startGui: { fields: { url: 'text', node: 'address', close: 'function' } },
}
