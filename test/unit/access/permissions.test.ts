import { describe, expect, it } from 'vitest'
import {
  type AccessClass,
  decide,
  type Identity,
  type Verdict,
} from '../../../lib/access/contract.ts'

const local: Identity = { trust: 'local' }
const admin: Identity = { trust: 'admin', fingerprint: 'a1' }
const confined: Identity = { trust: 'restricted', fingerprint: 'c1', projects: ['mine'] }
const watcher: Identity = { trust: 'metrics', fingerprint: 'm1' }
const stranger: Identity = { trust: 'none' }

const CLASSES: readonly AccessClass[] = [
  'public',
  'trusted',
  'admin',
  'local',
  'metrics',
  'containers:view',
  'containers:operate',
  'networks:manage',
]

function verdicts(identity: Identity, project: string): readonly Verdict[] {
  return CLASSES.map((access) => decide(identity, { access, project }))
}

describe('decide', () => {
  it('lets the machine itself do everything', () => {
    expect(new Set(verdicts(local, 'any'))).toEqual(new Set(['allow']))
  })

  it('lets an administrator do everything but what only the machine itself may', () => {
    const refused = CLASSES.filter((_, index) => verdicts(admin, 'any')[index] !== 'allow')
    expect(refused).toEqual(['local'])
  })

  it('confines a restricted certificate to its projects', () => {
    expect(verdicts(confined, 'mine')).toEqual([
      ...['allow', 'allow', 'deny', 'deny', 'allow', 'allow', 'allow', 'allow'],
    ])
  })

  it('hides other projects from a restricted certificate, whether they exist or not', () => {
    expect(verdicts(confined, 'other')).toEqual([
      ...['allow', 'allow', 'deny', 'deny', 'hide', 'hide', 'hide', 'hide'],
    ])
  })

  it('denies the project default, which is known to exist', () => {
    expect(decide(confined, { access: 'containers:view', project: 'default' })).toBe('deny')
  })

  it('allows nothing to a certificate that is restricted to no project', () => {
    const nothing: Identity = { trust: 'restricted', fingerprint: 'c2', projects: [] }
    expect(decide(nothing, { access: 'containers:view', project: 'default' })).toBe('deny')
    expect(decide(nothing, { access: 'containers:view', project: 'mine' })).toBe('hide')
  })

  it.each(['networks', 'images', 'profiles', 'storage-volumes'] as const)(
    'shows %s that a project shares with default, and does not let them be changed through it',
    (resource) => {
      const question = { project: 'mine', home: 'default' }
      expect(decide(confined, { ...question, access: `${resource}:view` })).toBe('allow')
      expect(decide(confined, { ...question, access: `${resource}:manage` })).toBe('deny')
      expect(decide(confined, { ...question, access: `${resource}:operate` })).toBe('deny')
      const both: Identity = { ...confined, projects: ['default', 'mine'] }
      expect(decide(both, { ...question, access: `${resource}:manage` })).toBe('allow')
    },
  )

  it('gives a metrics certificate the metrics and what is open to all', () => {
    expect(verdicts(watcher, 'default')).toEqual([
      ...['allow', 'deny', 'deny', 'deny', 'allow', 'deny', 'deny', 'deny'],
    ])
  })

  it('gives strangers what is open to all', () => {
    expect(verdicts(stranger, 'default')).toEqual([
      ...['allow', 'deny', 'deny', 'deny', 'deny', 'deny', 'deny', 'deny'],
    ])
  })

  it('opens the metrics to strangers, and nothing else, when they need no authentication', () => {
    const open = { project: 'default', openMetrics: true }
    expect(decide(stranger, { access: 'metrics', ...open })).toBe('allow')
    expect(decide(stranger, { access: 'containers:view', ...open })).toBe('deny')
  })
})
