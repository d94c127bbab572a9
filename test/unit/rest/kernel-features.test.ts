import { expect, it } from 'vitest'
import { kernelFeatures } from '../../../lib/rest/kernel-features.ts'

const actions = 'kill_process kill_thread trap errno user_notif trace log allow\n'

it('tells of a kernel of today what the real LXD tells of it', () => {
  const facts = { release: '6.18.44-fc-v769', filesystems: 'nodev\tsysfs\n\text4\n' }
  expect(kernelFeatures({ ...facts, seccompActions: actions })).toEqual({
    idmapped_mounts: 'true',
    netnsid_getifaddrs: 'true',
    seccomp_listener: 'true',
    seccomp_listener_continue: 'true',
    shiftfs: 'false',
    uevent_injection: 'true',
    unpriv_fscaps: 'true',
  })
})

it('tells what an older or smaller one lacks', () => {
  const old = kernelFeatures({
    release: '5.4.0-77-generic',
    filesystems: 'nodev\tshiftfs\n',
    seccompActions: actions,
  })
  expect(old).toMatchObject({
    idmapped_mounts: 'false',
    seccomp_listener: 'true',
    seccomp_listener_continue: 'false',
    shiftfs: 'true',
  })
  const small = kernelFeatures({ release: '6.1.0', filesystems: '', seccompActions: '' })
  expect(small).toMatchObject({ seccomp_listener: 'false', seccomp_listener_continue: 'false' })
})
