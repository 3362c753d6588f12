import { type Html, html } from '../html.ts'

export interface Page {
  readonly title: string
  /** What the script of the page is told. A page that is no lesson needs no script. */
  readonly lesson?: string
  /** Shown in the head, beside the name of the book. */
  readonly crumb?: Html
  readonly main: Html
}

/** A whole page. All pages have the same head, and a place where is said that the server has gone. */
export function layout({ title, lesson, crumb, main }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/assets/icon.svg">
<link rel="stylesheet" href="/assets/page.css">
${lesson !== undefined && html`<script type="module" src="/assets/page.js"></script>`}
</head>
<body${lesson !== undefined && html` data-lesson="${lesson}"`}>
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<nav aria-label="Book"><a class="book" href="/">The socket workbook</a>${crumb}<a class="end" href="/instructions">How to use it</a></nav>
</header>
<p id="connection" role="alert" hidden></p>
<main id="main" tabindex="-1">
${main}
</main>
</body>
</html>`
}
