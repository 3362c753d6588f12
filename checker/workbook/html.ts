import { html as tagged, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** A piece of a page that is ready: what was put into it as a value is escaped. */
export type Html = HtmlEscapedString

type Value = Html | string | number | false | undefined | readonly Value[]

/** Makes a piece of a page. Texts among the values are escaped, whoever wrote them; pieces are taken as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  // It would be a promise only if one of the values were.
  return tagged(strings, ...values) as Html
}

/** Takes source as it is. Only for what we have made ourselves: Markdown of a lesson, a picture. */
export function trusted(source: string): Html {
  return raw(source)
}
