import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/capabilities.md']

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '')

  it('links to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path ?? '')
    expect(links.filter((path) => !existsSync(join(dirname(page), path)))).toEqual([])
  })

  it('names files of this repository by the names that they have', () => {
    const named = [
      ...text.matchAll(/`((?:lib|bin|bindings|test|tools|scripts|examples)\/[^`\s<>*…]+)`/g),
    ]
    const paths = named.map(([, path]) => path ?? '')
    expect(paths.filter((path) => !existsSync(path))).toEqual([])
  })
})
