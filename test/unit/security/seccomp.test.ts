import { describe, expect, it } from 'vitest'
import { compatCalls } from '../../../lib/security/compat-calls.ts'
import { seccompPolicy } from '../../../lib/security/seccomp.ts'

const golden = (name: string): string => `../../golden/security/${name}.seccomp`

describe('the seccomp policy', () => {
  it.each([
    ['default', {}],
    ['deny', { 'security.syscalls.deny': 'unshare errno 1\n\n mount \n[x86]\nchroot kill' }],
    [
      'deny-only',
      { 'security.syscalls.deny_default': 'false', 'security.syscalls.deny': 'keyctl errno 38' },
    ],
    ['allow', { 'security.syscalls.allow': 'read\nwrite\nclone [0,268435456,SCMP_CMP_EQ]' }],
    ['compat', { 'security.syscalls.deny_compat': 'true', 'security.syscalls.deny': 'keyctl' }],
    [
      'former-names',
      { 'security.syscalls.blacklist_default': '0', 'security.syscalls.blacklist': 'kcmp' },
    ],
  ])('is written as in the golden file: %s', async (name, config) => {
    await expect(seccompPolicy(config, 'x64')).toMatchFileSnapshot(golden(name))
  })

  it('is the raw text as it is', () => {
    expect(seccompPolicy({ 'raw.seccomp': '2\ndenylist\nmount errno 1' })).toBe(
      '2\ndenylist\nmount errno 1\n',
    )
  })

  it('is absent when nothing is denied', () => {
    expect(seccompPolicy({ 'security.syscalls.deny_default': 'false' })).toBeUndefined()
  })
})

describe('rules and raw text', () => {
  it('leaves 32-bit calls alone on machines that are not x86_64', () => {
    expect(seccompPolicy({ 'security.syscalls.deny_compat': 'true' }, 'arm64')).toBe(
      seccompPolicy({}, 'arm64'),
    )
  })

  it.each([
    'mount\tfoo',
    'mount notify',
    'mount; reboot',
    '# comment',
    'mount\u2028reboot',
    'mount\rallow',
    '[x86',
    'MOUNT',
    'mount errno -1',
  ])('refuses the rule %j', (rule) => {
    for (const key of ['allow', 'deny', 'whitelist', 'blacklist']) {
      expect(() => seccompPolicy({ [`security.syscalls.${key}`]: rule })).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'SECURITY_BAD_SYSCALL_RULE' }),
      )
    }
  })

  it('refuses control characters in the raw text', () => {
    for (const text of ['2\r\ndenylist', '2\n\0', '2\n\u0085'])
      expect(() => seccompPolicy({ 'raw.seccomp': text })).toThrow(
        expect.objectContaining({ kind: 'invalid', code: 'CORE_UNSAFE_TEXT' }),
      )
  })

  it('denies 32-bit programs everything but their end', () => {
    for (const abi of ['x86', 'x32'] as const) {
      expect(compatCalls(abi)).toContain('execve')
      expect(compatCalls(abi)).not.toContain('exit_group')
    }
  })
})
