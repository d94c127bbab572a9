import { statfs } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { HostFilesystems } from '../../../lib/core/host/filesystems.ts'

describe('how full a file system is', () => {
  it('is what the kernel says, with the name of its type', async () => {
    const { bsize, blocks } = await statfs('/proc')
    const usage = await new HostFilesystems().usage('/proc')
    expect(usage).toMatchObject({ type: '0x9fa0', sizeBytes: blocks * bsize })
  })

  it('is not known where there is nothing, and that stops nobody who asks next', async () => {
    const filesystems = new HostFilesystems()
    const answers = await Promise.all(['/not/there', '/'].map((path) => filesystems.usage(path)))
    expect(answers[0]).toBeUndefined()
    expect(answers[1]?.sizeBytes).toBeGreaterThan(0)
  })
})
