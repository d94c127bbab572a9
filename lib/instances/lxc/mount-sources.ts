import { posix } from 'node:path'

/** What is mounted where, by the lines that a container was started with. */
export function mountSources(configText: string): ReadonlyMap<string, string> {
  const found = configText.split('\n').flatMap((line): readonly (readonly [string, string])[] => {
    const [, key, value = ''] = /^(lxc\.rootfs\.path|lxc\.mount\.entry) = (.*)$/.exec(line) ?? []
    if (key === 'lxc.rootfs.path') return value.startsWith('dir:') ? [['/', value.slice(4)]] : []
    const [source = '', target = ''] = value.split(' ').map(unescaped)
    return key !== undefined && source.startsWith('/') ? [[posix.resolve('/', target), source]] : []
  })
  return new Map(found)
}

/** Blanks and backslashes are written as octal there. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  )
}
