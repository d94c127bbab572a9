import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawConfig } from '../../../lib/core/config.ts'
import { EventBus, type HostEvent } from '../../../lib/core/events.ts'
import { KeyedLocks } from '../../../lib/core/locks.ts'
import { ConfigRecords } from '../../../lib/server/config-records.ts'
import { importSettings } from '../../../lib/server/import.ts'
import { serverKeys } from '../../../lib/server/keys/index.ts'
import { RecordedSettings } from '../../../lib/server/settings.ts'
import type { Database } from '../../../lib/state/contract.ts'
import { openDatabase } from '../../../lib/state/open.ts'

let database: Database
let records: ConfigRecords
let settings: RecordedSettings
let told: HostEvent[]

beforeEach(async () => {
  database = await openDatabase({ kind: 'memory' })
  records = new ConfigRecords(database)
  const events = new EventBus()
  told = []
  events.subscribe((event) => told.push(event))
  settings = new RecordedSettings({ records, events, locks: new KeyedLocks() })
})

afterEach(() => database.close())

const actions = (): readonly string[] =>
  told.flatMap((event) => (event.type === 'lifecycle' ? [`${event.action} ${event.source}`] : []))

/** Of services that are not asked here, and of volumes that there are not. */
const UNBUILT = [
  ['candid.api.key', 'x'],
  ['candid.api.url', 'https://a.example'],
  ['candid.domains', 'a,b'],
  ['candid.expiry', '60'],
  ['rbac.agent.private_key', 'x'],
  ['rbac.agent.public_key', 'x'],
  ['rbac.agent.url', 'https://a.example'],
  ['rbac.agent.username', 'x'],
  ['rbac.api.expiry', '60'],
  ['rbac.api.key', 'x'],
  ['rbac.api.url', 'https://a.example'],
  ['storage.backups_volume', 'default/backups'],
  ['storage.images_volume', 'default/images'],
] as const

describe('the settings of the server', () => {
  it('are rows of the table `config`, and every change is told', async () => {
    await settings.replace({ 'user.a': '1', 'core.shutdown_timeout': '7' })
    await settings.patch({ 'user.a': '', 'user.b': '2' })
    expect(await database.query('SELECT key, value FROM config ORDER BY key')).toEqual([
      { key: 'core.shutdown_timeout', value: '7' },
      { key: 'user.b', value: '2' },
    ])
    expect(actions()).toEqual(['config-updated /1.0', 'config-updated /1.0'])
  })

  it('hold their defaults where nothing is set, and what equals a default is not set', async () => {
    expect(await settings.value('core.shutdown_timeout')).toBe('5')
    await settings.replace({ 'core.shutdown_timeout': '5' })
    expect(await settings.get()).toEqual({})
    expect(await settings.value('core.https_address')).toBeUndefined()
  })

  it.each<[string, Readonly<Record<string, string | true>>, { code: string; message: RegExp }]>([
    [
      'an unknown key',
      { 'core.nosuch': '1' },
      { code: 'CORE_UNKNOWN_KEY', message: /'1': unknown key$/ },
    ],
    [
      'a bad value',
      { 'core.shutdown_timeout': 'x' },
      { code: 'CORE_BAD_VALUE', message: /whole number/ },
    ],
    [
      'what is not built',
      { 'core.bgp_asn': '65000' },
      { code: 'CORE_KEY_UNSUPPORTED', message: /BGP yet/ },
    ],
    [
      'another word than a key takes',
      { 'instances.nic.host_name': 'name' },
      { code: 'CORE_BAD_VALUE', message: /one of random, mac/ },
    ],
    [
      'true for what is no secret',
      { 'user.a': true },
      { code: 'SERVER_NOT_A_SECRET', message: /string/ },
    ],
  ])('refuse %s and stay as they were', async (_, config, { code, message }) => {
    await settings.replace({ 'user.kept': '1' })
    const refused = settings.patch(config)
    await expect(refused).rejects.toMatchObject({ code })
    await expect(refused).rejects.toThrow(message)
    expect(await settings.get()).toEqual({ 'user.kept': '1' })
  })

  it.each(UNBUILT)('refuse %s by name, with what is missing', async (key, value) => {
    const declared: { readonly missing?: string } = serverKeys.table[key]
    await expect(settings.patch({ [key]: value })).rejects.toMatchObject({
      ...{ code: 'CORE_KEY_UNSUPPORTED', context: { key } },
      message: expect.stringContaining(declared.missing ?? 'what is missing'),
    })
    expect(await settings.get()).toEqual({})
    await settings.patch({ [key]: '' })
  })

  it('that others look up are all among those that are refused or work', () => {
    const services = Object.keys(serverKeys.table).filter((key) =>
      /^(candid|rbac|storage)\./.test(key),
    )
    expect(UNBUILT.map(([key]) => key).sort()).toEqual(services.sort())
  })

  it('are only changed as whoever changes them knows them', async () => {
    await settings.replace({ 'user.a': '1' })
    const refuse = settings.patch(
      { 'user.a': '2' },
      {
        expect: (current) => {
          throw new Error(JSON.stringify(current))
        },
      },
    )
    await expect(refuse).rejects.toThrow('{"user.a":"1"}')
    expect(await settings.value('user.a')).toBe('1')
  })

  it('take over the file of an earlier version once, and what is recorded wins', async () => {
    await settings.replace({ 'user.a': 'new' })
    const kept = new Map([['/root/server.json', '{"user.a":"old","user.b":"old"}']])
    const files = {
      read: async (path: string) => kept.get(path),
      remove: async (path: string) => void kept.delete(path),
    }
    await importSettings('/root/server.json', { records, files })
    await importSettings('/root/server.json', { records, files })
    expect(await settings.get()).toEqual({ 'user.a': 'new', 'user.b': 'old' })
    expect(kept.size).toBe(0)
    kept.set('/root/server.json', '{"user.a":')
    await expect(importSettings('/root/server.json', { records, files })).rejects.toMatchObject({
      code: 'SERVER_SETTINGS_UNREADABLE',
    })
    expect(kept.size).toBe(1)
  })
})

describe('who follows a key', () => {
  it('is told what holds from now on, only when it changes, until he leaves', async () => {
    const seen: (string | undefined)[] = []
    const leave = settings.changed('core.shutdown_timeout', (value) => void seen.push(value))
    await settings.patch({ 'core.shutdown_timeout': '7', 'user.a': '1' })
    await settings.patch({ 'user.a': '2' })
    await settings.replace({})
    leave()
    await settings.patch({ 'core.shutdown_timeout': '8' })
    expect(seen).toEqual(['7', '5'])
  })

  it('can veto: all is as before, for the records and for those who were told', async () => {
    const seen: RawConfig[string][] = []
    settings.changed('user.a', (value) => void seen.push(`first ${value}`))
    settings.changed('user.a', (value) => {
      seen.push(`second ${value}`)
      if (value === '2') throw new Error('not this one')
    })
    await settings.patch({ 'user.a': '1' })
    await expect(settings.patch({ 'user.a': '2' })).rejects.toThrow('not this one')
    expect(await settings.get()).toEqual({ 'user.a': '1' })
    expect(seen).toEqual(['first 1', 'second 1', 'first 2', 'second 2', 'second 1', 'first 1'])
    expect(actions()).toHaveLength(1)
  })
})
