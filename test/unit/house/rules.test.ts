import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../tools/read/error-codes.ts'
import { imports, nodes, type Source, sources } from './sources.ts'

const shipped = sources(['lib', 'bin', 'bindings'])
const lib = shipped.filter(({ path }) => path.startsWith('lib/'))
const native = sources(['bindings'], ['.c', '.cc', '.h'])

/** Files that decide or describe; effects belong to whoever calls them. */
const PURE = /(plan|render|\/commands|keys|refusals|-config|-types)\.ts$|\/(keys|devices)\//

const EFFECTS =
  /^node:(fs|fs\/promises|child_process|net|dgram|http|https|worker_threads|timers.*)$|^execa$/

/** Functions of such modules that only look at their argument. */
const HARMLESS = ['isIP', 'isIPv4', 'isIPv6']

function offenders(all: readonly Source[], is: (source: Source) => boolean): readonly string[] {
  return all.filter(is).map(({ path }) => path)
}

describe('the sources', { timeout: 60_000 }, () => {
  it('are short: no file has more than 310 lines, and half of those in lib fewer than 80', () => {
    const all = [
      ...shipped,
      ...native,
      ...sources(['test', 'tools', 'examples', 'scripts'], ['.ts']),
    ]
    const linesOf = ({ text }: Source): number => text.split('\n').length - 1
    expect(offenders(all, (source) => linesOf(source) > 310)).toEqual([])
    const lengths = lib.map(linesOf).sort((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(80)
  })

  it('start programs in one place, from lists of words', () => {
    const starters = offenders(shipped, (source) =>
      imports(source).some(({ from }) => from === 'node:child_process'),
    )
    expect(starters).toEqual(['bindings/helper/connection.ts'])
    const names = shipped
      .flatMap(imports)
      .flatMap(({ from, names: found }) => (from === 'node:child_process' ? found : []))
    expect(names).toEqual(['spawn'])
  })

  it('give nothing to a shell', () => {
    const all = [...shipped, ...sources(['tools', 'examples', 'scripts'])]
    const option = offenders(all, (source) =>
      nodes(source, ts.isPropertyAssignment).some((each) => each.name.getText() === 'shell'),
    )
    const named = offenders(shipped, (source) =>
      nodes(source, ts.isStringLiteral).some(({ text }) => /^(\/bin\/)?(ba|da)?sh$/.test(text)),
    )
    const called = offenders(native, ({ text }) => /\b(system|popen|wordexp)\s*\(/.test(text))
    expect({ option, named, called }).toEqual({ option: [], named: [], called: [] })
  })

  it('decide without effects', () => {
    const deciding = lib.filter(({ path }) => PURE.test(path))
    expect(deciding.length).toBeGreaterThan(50)
    const found = offenders(deciding, (source) =>
      imports(source).some(
        ({ from, names }) =>
          EFFECTS.test(from) &&
          !(names.length > 0 && names.every((name) => HARMLESS.includes(name))),
      ),
    )
    expect(found).toEqual([])
  })

  it('write for other programs only where the emitters are', () => {
    const places = {
      liblxc: {
        text: /^lxc\.(?!log$|conf$)[a-z]+[\w.]*( =|$)/,
        at: /^lib\/instances\/(lxc\/|start-plan|application)/,
      },
      nft: {
        text: /^(add|flush|delete|destroy) (table|chain|rule|set)\b/,
        at: /^lib\/network\/.*firewall/,
      },
      dnsmasq: { text: /^(dhcp-|listen-address|no-resolv)/, at: /^lib\/network\/.*dnsmasq/ },
    }
    for (const [program, { text, at }] of Object.entries(places)) {
      const writers = offenders(lib, (source) => texts(source).some((each) => text.test(each)))
      expect(writers.length, program).toBeGreaterThan(0)
      expect(
        writers.filter((path) => !at.test(path)),
        program,
      ).toEqual([])
    }
  })

  it('put nothing of a request into a path unless it is checked as a name', () => {
    const rest = lib.filter(({ path }) => path.startsWith('lib/rest/'))
    const unchecked = rest.flatMap((source) =>
      nodes(source, ts.isCallExpression)
        .filter((call) => /^(join|resolve)$/.test(call.expression.getText()))
        .flatMap((call) => call.arguments.map((argument) => argument.getText()))
        .filter((text) => /\b(param|query|headers|body)\b/.test(text) && !/^safeName\(/.test(text))
        .map((text) => `${source.path}: ${text}`),
    )
    expect(unchecked).toEqual([])
  })
})

describe('errors', { timeout: 60_000 }, () => {
  it('have a documented code, and codes that say which room they come from', async () => {
    const page = readFileSync('docs/errors.md', 'utf8')
    const codes = await errorCodes()
    expect(codes.length).toBeGreaterThan(100)
    expect(codes.filter(({ code }) => !page.includes(`| \`${code}\` |`))).toEqual([])
    const rooms =
      /^(ACCESS|BIN|CORE|HOST|IMAGE|INSTANCE|NETWORK|PROFILE|PROJECT|REST|SECURITY|SERVER|STATE|STORAGE|WARNING)_/
    expect(codes.filter(({ code }) => !rooms.test(code))).toEqual([])
  })

  it('are made with a kind and a code that are written out where they are made', async () => {
    const known = new Set((await errorCodes()).map(({ code }) => code))
    const real = shipped.filter(({ path }) => /^(lib|bin)\/(?!.*\/fakes\/)/.test(path))
    const written = real.flatMap((source) =>
      nodes(source, ts.isPropertyAssignment)
        .filter((each) => each.name.getText() === 'code' && ts.isStringLiteral(each.initializer))
        .map((each) => (each.initializer as ts.StringLiteral).text)
        .filter((code) => /^[A-Z]+(_[A-Z0-9]+)+$/.test(code)),
    )
    expect(written.filter((code) => !known.has(code))).toEqual([])
  })
})

/** The texts of a source, of templates the part before the first thing that is filled in. */
function texts(source: Source): readonly string[] {
  const plain = nodes(source, ts.isStringLiteralLike).map(({ text }) => text)
  const filled = nodes(source, ts.isTemplateExpression).map(({ head }) => head.text)
  return [...plain, ...filled]
}
