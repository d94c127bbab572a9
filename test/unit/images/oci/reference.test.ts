import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLxworksError } from '../../../../lib/core/errors.ts'
import { parseReference } from '../../../../lib/images/sources/oci/reference.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

test.each([
  ['alpine', 'https://registry-1.docker.io', 'library/alpine', 'latest', undefined],
  ['alpine:3.20', 'https://registry-1.docker.io', 'library/alpine', '3.20', undefined],
  [
    'docker.io/library/alpine:3.20',
    'https://registry-1.docker.io',
    'library/alpine',
    '3.20',
    undefined,
  ],
  ['grafana/grafana', 'https://registry-1.docker.io', 'grafana/grafana', 'latest', undefined],
  ['quay.io/a/b/c:v1', 'https://quay.io', 'a/b/c', 'v1', undefined],
  [
    `registry.example:5000/app@${DIGEST}`,
    'https://registry.example:5000',
    'app',
    undefined,
    DIGEST,
  ],
  [`localhost:5000/app:x@${DIGEST}`, 'http://localhost:5000', 'app', 'x', DIGEST],
  ['127.0.0.1:5000/app', 'http://127.0.0.1:5000', 'app', 'latest', undefined],
])('%s is read as everybody reads it', (text, ...[origin, repository, tag, digest]) => {
  expect(parseReference(text)).toMatchObject({ origin, repository, tag, digest })
})

test.each([
  ['https://docker.io', 'alpine:3', 'https://registry-1.docker.io', 'library/alpine'],
  ['https://ghcr.io/', 'org/app', 'https://ghcr.io', 'org/app'],
  ['http://[::1]:5000', 'app', 'http://[::1]:5000', 'app'],
  ['ghcr.io', 'localhost/app', 'https://ghcr.io', 'localhost/app'],
])(
  'with the server %s the reference %s is a path there',
  (server, alias, ...[origin, repository]) => {
    expect(parseReference(alias, server)).toMatchObject({ origin, repository })
  },
)

test.each([
  '',
  'Alpine',
  'a//b',
  '../etc/passwd',
  'quay.io/a/../b',
  'a:b:c',
  'a:',
  'a:-x',
  'a@sha256:12',
  `a@sha512:${'a'.repeat(64)}`,
  `a@${DIGEST}@${DIGEST}`,
  'a?x=1',
  'a#b',
  'a%2fb',
  'a b',
  'a\nb',
  'user:pass@quay.io/a',
  'quay.io:99999999/a',
  `${'a'.repeat(300)}`,
])('%j is refused', (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ kind: 'invalid' }))
})

test.each(['http://registry.example', 'http://10.0.0.1:5000', 'http://localhost.example:1'])(
  'nobody is asked over plain http: %s',
  (server) => {
    expect(() => parseReference('app', server)).toThrow(
      expect.objectContaining({ code: 'IMAGE_OCI_INSECURE' }),
    )
  },
)

test.each(['ftp://a', 'https://a/b', 'https://user@a', 'https://a?b', 'https://', 'file:///etc'])(
  'the server %s is none',
  (server) => {
    expect(() => parseReference('app', server)).toThrow(
      expect.objectContaining({ code: 'IMAGE_OCI_BAD_REFERENCE' }),
    )
  },
)

test('whatever is read is safe in a URL, and anything else is refused with a typed error', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.option(fc.string(), { nil: undefined }),
      (text, server) => {
        try {
          const { origin, repository, tag } = parseReference(text, server)
          const url = new URL(`/v2/${repository}/manifests/${tag ?? ''}`, origin)
          expect(url.origin).toBe(origin)
          expect(url.pathname).toBe(`/v2/${repository}/manifests/${tag ?? ''}`)
          expect(url.search + url.hash + url.username).toBe('')
        } catch (error) {
          if (!isLxworksError(error)) throw error
        }
      },
    ),
  )
})
