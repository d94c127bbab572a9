import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { checkConfig, findKey } from '../../../lib/core/config.ts'
import { dirPoolKeys, dirVolumeKeys } from '../../../lib/storage/dir/keys.ts'

describe('keys of the dir driver', () => {
  it('are those of LXD', () => {
    assert.deepEqual(Object.keys(dirVolumeKeys.table).sort(), [
      'security.shifted',
      'security.unmapped',
      'size',
      'snapshots.expiry',
      'snapshots.pattern',
      'snapshots.schedule',
      'user.*',
      'volatile.idmap.last',
      'volatile.idmap.next',
      'volatile.rootfs.size',
    ])
    assert.deepEqual(Object.keys(dirPoolKeys.table).sort(), [
      'rsync.bwlimit',
      'rsync.compression',
      'source',
      'user.*',
      'volatile.initial_source',
      'volume.security.shifted',
      'volume.security.unmapped',
      'volume.size',
      'volume.snapshots.expiry',
      'volume.snapshots.pattern',
      'volume.snapshots.schedule',
    ])
  })

  it('have a pool default for no key of the user and none of another driver', () => {
    for (const key of ['volume.user.a', 'volume.zfs.blocksize', 'volume.volatile.idmap.last']) {
      assert.equal(findKey(dirPoolKeys, key), undefined)
      assert.throws(() => checkConfig(dirPoolKeys, { [key]: 'x' }), { code: 'CORE_UNKNOWN_KEY' })
    }
  })

  it('refuse a source that is not absolute', () => {
    assert.throws(() => checkConfig(dirPoolKeys, { source: 'srv' }), { code: 'CORE_BAD_VALUE' })
  })
})
