import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLxworksError } from '../../../../lib/core/errors.ts'
import { parseApplication } from '../../../../lib/images/sources/oci/application.ts'
import { parseDocument } from '../../../../lib/images/sources/oci/documents.ts'
import { choosePlatform } from '../../../../lib/images/sources/oci/platform.ts'
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from './world.ts'

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const pointing = (mediaType: string, more: object = {}): object => ({
  ...{ mediaType, digest: `sha256:${'0'.repeat(64)}`, size: 10 },
  ...more,
})
const manifest = (layers: readonly object[], config = pointing(OCI_CONFIG)): Buffer =>
  bytes({ schemaVersion: 2, config, layers })

test('an image and a choice of images are told apart by what they hold', () => {
  expect(
    parseDocument(manifest([pointing(OCI_LAYER), pointing(`${OCI_LAYER}+zstd`)])),
  ).toMatchObject({
    kind: 'manifest',
    manifest: { layers: [{ size: 10 }, {}] },
  })
  const index = bytes({ schemaVersion: 2, manifests: [pointing(OCI_MANIFEST)] })
  expect(parseDocument(index)).toMatchObject({ kind: 'index', entries: [{ size: 10 }] })
})

test.each([
  ['no JSON', Buffer.from('{')],
  ['nothing', Buffer.alloc(0)],
  ['a number', bytes(2)],
  ['schema 1', bytes({ schemaVersion: 1, fsLayers: [] })],
  ['both at once', bytes({ schemaVersion: 2, config: {}, layers: [], manifests: [] })],
  ['without layers', bytes({ schemaVersion: 2, config: pointing(OCI_CONFIG) })],
  [
    'a digest with a path in it',
    manifest([pointing(OCI_LAYER, { digest: 'sha256:../../etc/passwd' })]),
  ],
  ['upper-case digest', manifest([pointing(OCI_LAYER, { digest: `sha256:${'A'.repeat(64)}` })])],
  ['a size below zero', manifest([pointing(OCI_LAYER, { size: -1 })])],
  ['a size that is no number', manifest([pointing(OCI_LAYER, { size: '1' })])],
  ['a size beyond all disks', manifest([pointing(OCI_LAYER, { size: 2 ** 52 })])],
  ['more layers than any image', manifest(Array.from({ length: 5000 }, () => pointing(OCI_LAYER)))],
  [
    'a layer that the registry has not',
    manifest([pointing('application/vnd.docker.image.rootfs.foreign.diff.tar.gzip')]),
  ],
  [
    'something else in a registry',
    manifest([], pointing('application/vnd.cncf.helm.config.v1+json')),
  ],
  ['a huge configuration', manifest([], pointing(OCI_CONFIG, { size: 2 ** 30 }))],
  [
    'deep nesting',
    Buffer.from(`{"schemaVersion":2,"layers":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  ],
])('%s is refused', (_, document) => {
  expect(() => parseDocument(document)).toThrow(expect.objectContaining({ name: 'LxworksError' }))
})

test('any JSON is an image, a choice of images or refused with a typed error', () => {
  const part = fc.dictionary(
    fc.constantFrom('mediaType', 'digest', 'size', 'platform'),
    fc.jsonValue(),
  )
  const document = fc.record(
    {
      schemaVersion: fc.constant(2),
      config: part,
      layers: fc.array(part),
      manifests: fc.array(part),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(document, fc.jsonValue()), (value) => {
      for (const parse of [parseDocument, (all: Buffer) => parseApplication(all, 0)])
        try {
          parse(bytes(value))
        } catch (error) {
          if (!isLxworksError(error)) throw error
        }
    }),
  )
})

test('any description of an application is read or refused with a typed error', () => {
  const word = fc.constantFrom(
    'amd64',
    'linux',
    '',
    '\0',
    '=',
    'A=b',
    '0:0',
    '/a/../b',
    'SIGTERM',
    '99',
  )
  const value = fc.oneof(word, fc.array(word), fc.dictionary(word, fc.jsonValue()), fc.jsonValue())
  const keys = [
    'User',
    'Env',
    'Entrypoint',
    'Cmd',
    'WorkingDir',
    'StopSignal',
    'ExposedPorts',
    'Volumes',
  ]
  const application = fc.record(
    {
      ...{ architecture: word, os: fc.constant('linux'), created: value },
      config: fc.record(Object.fromEntries(keys.map((key) => [key, value])), { requiredKeys: [] }),
      rootfs: fc.constant({ type: 'layers', diff_ids: [`sha256:${'1'.repeat(64)}`] }),
    },
    { requiredKeys: ['os', 'rootfs'] },
  )
  fc.assert(
    fc.property(application, (found) => {
      try {
        parseApplication(bytes(found), 1)
      } catch (error) {
        if (!isLxworksError(error)) throw error
      }
    }),
    { numRuns: 1_000 },
  )
})

const entry = (os: string, architecture: string, variant?: string) => ({
  ...{ mediaType: OCI_MANIFEST, digest: `sha256:${'1'.repeat(64)}`, size: 1 },
  platform: { os, architecture, variant },
})

test('of several variants the best one for the architecture is chosen', () => {
  const arm = ['v5', 'v6', 'v7'].map((variant) => entry('linux', 'arm', variant))
  expect(choosePlatform(arm, 'armv7l').platform?.variant).toBe('v7')
  const some = [
    entry('windows', 'amd64'),
    entry('unknown', 'unknown'),
    entry('linux', 'arm64', 'v8'),
    entry('linux', 'amd64'),
  ]
  expect(choosePlatform(some, 'x86_64')).toBe(some[3])
  expect(choosePlatform(some, 'aarch64')).toBe(some[2])
  expect(() => choosePlatform(some, 's390x')).toThrow(/linux\/s390x.*windows\/amd64/)
  expect(() => choosePlatform([entry('linux', 'amd64', 'v3')], 'x86_64')).toThrow(
    expect.objectContaining({ code: 'IMAGE_OCI_NO_PLATFORM' }),
  )
})

const config = (own: object, more: object = {}): Buffer =>
  bytes({
    architecture: 'amd64',
    os: 'linux',
    config: own,
    rootfs: { type: 'layers', diff_ids: [] },
    ...more,
  })

test('what an image says of its application is kept, and what it leaves out is as everybody takes it', () => {
  expect(parseApplication(config({}), 0)).toMatchObject({
    ...{ architecture: 'x86_64', command: [], directory: '/', user: '', environment: {} },
  })
  const own = {
    ...{
      Entrypoint: ['/run', 'a b'],
      Cmd: ['c'],
      Env: ['PATH=/bin', 'X=a=b', 'E='],
      User: 'www:data',
    },
    ...{
      WorkingDir: 'srv',
      StopSignal: 'SIGQUIT',
      ExposedPorts: { '80/tcp': {} },
      Volumes: { '/data': {} },
    },
  }
  expect(parseApplication(config(own, { created: '2024-01-02T03:04:05Z' }), 0)).toMatchObject({
    ...{
      command: ['/run', 'a b', 'c'],
      directory: '/srv',
      user: 'www:data',
      stopSignal: 'SIGQUIT',
    },
    ...{ environment: { PATH: '/bin', X: 'a=b', E: '' }, ports: ['80/tcp'], volumes: ['/data'] },
    createdAt: new Date('2024-01-02T03:04:05Z'),
  })
})

test.each([
  ['a line break in a variable', config({ Env: ['A=b\nlxc.hook.start = /x'] })],
  ['a variable without a name', config({ Env: ['=b'] })],
  ['a line break in the command', config({ Cmd: ['a\nb'] })],
  ['a line break in the directory', config({ WorkingDir: '/a\nb' })],
  ['a user that is none', config({ User: 'a b' })],
  ['a signal that is none', config({ StopSignal: '; reboot' })],
  ['another system', config({}, { os: 'windows' })],
  ['another number of layers', config({}, { rootfs: { diff_ids: ['a'] } })],
  ['an architecture that nobody has', config({}, { architecture: 'z80' })],
])('%s is refused', (_, document) => {
  expect(() => parseApplication(document, 0)).toThrow(
    expect.objectContaining({ name: 'LxworksError' }),
  )
})
