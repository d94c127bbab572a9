import { readFile } from 'node:fs/promises'
import ts from 'typescript'
import { KINDS } from '../../lib/core/errors.ts'
import { grouped } from './grouped.ts'
import { sourcesBelow } from './sources.ts'

/** One code with all that the sources say beside it, wherever they use it. */
export interface ErrorCode {
  readonly code: string
  readonly kinds: readonly string[]
  /** Messages, with a word in angle brackets for each part that differs from error to error. */
  readonly messages: readonly string[]
}

interface Use {
  readonly code: string
  readonly kinds: readonly string[]
  readonly message: string | undefined
}

const CODE = /^[A-Z]+(_[A-Z0-9]+)+$/

/** Every code that `lib/` and `bin/` can throw, in order. */
export async function errorCodes(): Promise<readonly ErrorCode[]> {
  const paths = [...(await sourcesBelow('lib')), ...(await sourcesBelow('bin'))]
  const uses = (await Promise.all(paths.map(usesIn))).flat()
  return [...grouped(uses, ({ code }) => code)]
    .map(([code, found]) => ({
      code,
      kinds: [...new Set(found.flatMap(({ kinds }) => kinds))].sort(),
      messages: [...new Set(found.flatMap(({ message }) => message ?? []))],
    }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
}

async function usesIn(path: string): Promise<readonly Use[]> {
  const text = await readFile(path, 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true)
  return literalsIn(file)
    .filter(({ text: code }) => CODE.test(code))
    .flatMap((literal) => {
      const kinds = kindsBeside(literal)
      if (kinds.length === 0) return []
      return [{ code: literal.text, kinds, message: messageAround(literal) }]
    })
}

function literalsIn(node: ts.Node): readonly ts.StringLiteral[] {
  if (ts.isStringLiteral(node)) return [node]
  const found: ts.StringLiteral[] = []
  ts.forEachChild(node, (child) => void found.push(...literalsIn(child)))
  return found
}

/** Kinds that are in the same object, list or call as a code. */
function kindsBeside(literal: ts.StringLiteral): readonly string[] {
  const around = ancestor(
    literal,
    (node) =>
      ts.isObjectLiteralExpression(node) ||
      ts.isArrayLiteralExpression(node) ||
      ts.isCallExpression(node),
  )
  if (around === undefined) return []
  const kind = ts.isObjectLiteralExpression(around) ? property(around, 'kind') : around
  const words = kind === undefined ? [] : literalsIn(kind).map(({ text }) => text)
  return words.filter((word) => Object.hasOwn(KINDS, word))
}

function property(object: ts.ObjectLiteralExpression, name: string): ts.Node | undefined {
  return object.properties.find((each) => each.name?.getText() === name)
}

function messageAround(literal: ts.StringLiteral): string | undefined {
  const made = ancestor(literal, ts.isNewExpression)
  const message = made && ts.isNewExpression(made) ? made.arguments?.[0] : undefined
  if (message === undefined) return undefined
  if (ts.isStringLiteralLike(message)) return message.text
  if (!ts.isTemplateExpression(message)) return undefined
  const parts = message.templateSpans.map(
    ({ expression, literal: rest }) => `${placeholder(expression)}${rest.text}`,
  )
  return `${message.head.text}${parts.join('')}`
}

/** `<name>` for what is filled in as `name`, `spec.name` or `JSON.stringify(name)`. */
function placeholder(expression: ts.Expression): string {
  const inner =
    ts.isCallExpression(expression) && expression.arguments[0] !== undefined
      ? expression.arguments[0]
      : expression
  const word = ts.isPropertyAccessExpression(inner) ? inner.name.text : inner.getText()
  return /^[A-Za-z]\w*$/.test(word) ? `<${word}>` : '<…>'
}

function ancestor(node: ts.Node, is: (node: ts.Node) => boolean): ts.Node | undefined {
  const { parent } = node
  if (parent === undefined || ts.isStatement(parent)) return undefined
  return is(parent) ? parent : ancestor(parent, is)
}
