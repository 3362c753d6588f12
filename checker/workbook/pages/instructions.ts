import { type Html, html } from '../html.ts'
import { layout } from './layout.ts'

const COMMANDS: readonly (readonly [command: string, does: string])[] = [
  ['npm run check lesson-1', 'grades your program and ends'],
  ['npm run watch lesson-1', 'shows in the terminal what this page shows'],
  ['npm run play lesson-1 -- receiver', 'runs your program for real'],
  ['npm run poke lesson-1', 'talks to a running program by hand'],
  ['npm run reset lesson-1', 'keeps a copy of your file and puts the starter back'],
  ['npm run doctor', 'says what stands in the way on this machine'],
]

/** How to work with the book. */
export function instructionsPage(): Html {
  return layout({
    title: 'How to use it · The socket workbook',
    crumb: html`<span aria-hidden="true">›</span><span>How to use it</span>`,
    main: html`<div class="contents text">
      <h1>How to use it</h1>
      <h2>Read, edit, save, look</h2>
      <ol>
        <li>
          Open a lesson here, and its file from <code>exercises/</code> in your editor. A name of a file on a page is a link that
          opens it in VS Code, at the right line.
        </li>
        <li>Do the tasks one after another. Each is a <code>TODO</code> with the same number in the file.</li>
        <li>Save. Nothing needs to be typed: the checks begin at once, and tick beside the text.</li>
        <li>What did not pass is shown with what was expected, what came instead, and why that matters.</li>
      </ol>
      <h2>The picture of the wire</h2>
      <p>
        Time runs down. Each party has a line, and each arrow is something that one of them sent. A cross ends what was lost on
        purpose. Point at an arrow, or go to it with the Tab key, and you see its bytes.
      </p>
      <p>The same is there as a capture file. Wireshark opens it, and shows every header.</p>
      <h2>When you are stuck</h2>
      <p>
        Each task has hints, from a nudge to an outline. They come one by one, here and from <code>npm run hint</code> alike. The
        solution stands at the end of a lesson; before you have passed, you are asked once whether you really want to see it.
      </p>
      <h2>The same again</h2>
      <p>Most values are drawn anew in every run. The seed brings back the same ones: press <i>Again with the same seed</i>.</p>
      <h2>In the terminal</h2>
      <p>Everything here can be had there, too. If both run, one of them watches your files, and the other shows what it sees.</p>
      <div class="scroll" tabindex="0" role="group" aria-label="table">
        <table>
          <thead>
            <tr>
              <th scope="col">command</th>
              <th scope="col">does</th>
            </tr>
          </thead>
          <tbody>
            ${COMMANDS.map(
              ([command, does]) =>
                html`<tr>
                  <td><code>${command}</code></td>
                  <td>${does}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <h2>What leaves your computer</h2>
      <p>
        Nothing. These pages come from a server on your own machine, which answers nobody else. It ends with Ctrl-C in the
        terminal where <code>npm start</code> runs.
      </p>
    </div>`,
  })
}
