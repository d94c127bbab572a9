import type { IndexEntry } from './documents.ts'
import { noPlatform } from './refusals.ts'

/** What the kernel's architectures are called in registries, best variant first; '' is one that names none. */
const PLATFORMS: Readonly<Record<string, readonly [architecture: string, ...variants: string[]]>> =
  {
    x86_64: ['amd64', '', 'v1'],
    i686: ['386', ''],
    aarch64: ['arm64', 'v8', ''],
    armv7l: ['arm', 'v7', 'v6', '', 'v5'],
    ppc64le: ['ppc64le', ''],
    s390x: ['s390x', ''],
    riscv64: ['riscv64', ''],
  }

/** The registry's word for an architecture of this host; kind `notFound` for one that registries have no word for. */
export function platformOf(architecture: string): readonly [string, ...string[]] {
  const found = PLATFORMS[architecture]
  if (found) return found
  throw noPlatform(architecture, [])
}

/** The kernel's word for the registry's; undefined where there is none. */
export function architectureOf(word: string): string | undefined {
  return Object.entries(PLATFORMS).find(([, [name]]) => name === word)?.[0]
}

/** The variant for this architecture. Kind `notFound`, with what there is. */
export function choosePlatform(entries: readonly IndexEntry[], architecture: string): IndexEntry {
  const [word, ...variants] = platformOf(architecture)
  const fitting = entries.filter(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === word,
  )
  for (const variant of variants) {
    const found = fitting.find(({ platform }) => (platform?.variant ?? '') === variant)
    if (found) return found
  }
  throw noPlatform(word, entries.map(named))
}

function named({ platform }: IndexEntry): string {
  return [platform?.os, platform?.architecture, platform?.variant].filter(Boolean).join('/')
}
