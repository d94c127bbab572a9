import { describe, expect, it } from 'vitest'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import { clearConsoleLog, readConsoleLog } from '../../../lib/instances/lxc/console-log.ts'

const LOG = '/logs/c1/console.log'
const ASIDE = `${LOG}.1`

const text = async (files: FakeFiles): Promise<string> =>
  (await readConsoleLog(LOG, files)).toString()

describe('a console log', () => {
  it('is what was set aside and what came after, the same at every reading', async () => {
    const files = new FakeFiles({ [LOG]: 'newer', [ASIDE]: 'older, ' })
    expect(await text(files)).toBe('older, newer')
    expect(await text(files)).toBe('older, newer')
  })

  it('is empty after it was cleared, until more is printed', async () => {
    const files = new FakeFiles({ [LOG]: 'newer', [ASIDE]: 'older, ' })
    await clearConsoleLog(LOG, files)
    expect(await text(files)).toBe('')
    expect(await files.exists(LOG)).toBe(true)
    await files.write(LOG, 'more')
    expect(await text(files)).toBe('more')
  })

  it('is not there before the first start', async () => {
    const refused = { kind: 'notFound', code: 'INSTANCE_NO_CONSOLE_LOG' }
    await expect(readConsoleLog(LOG, new FakeFiles())).rejects.toMatchObject(refused)
    await expect(clearConsoleLog(LOG, new FakeFiles())).rejects.toMatchObject(refused)
  })

  it('misses nothing when it is set aside while it is read', async () => {
    const files = new SetAside({ [LOG]: 'second, ', [ASIDE]: 'first, ' })
    expect(await text(files)).toBe('second, third')
  })

  it('is given out even if it is set aside all the time', async () => {
    const files = new SetAside({ [LOG]: 'second, ', [ASIDE]: 'first, ' }, Number.POSITIVE_INFINITY)
    expect(await text(files)).toMatch(/third$/)
  })
})

/** The monitor sets the log aside just before it is read, this many times. */
class SetAside extends FakeFiles {
  #times: number

  constructor(files: Readonly<Record<string, string>>, times = 1) {
    super(files)
    this.#times = times
  }

  override async readBytes(path: string): Promise<Buffer | undefined> {
    if (path === LOG && this.#times > 0) {
      this.#times -= 1
      await this.write(ASIDE, `${await this.read(LOG)}`)
      await this.write(LOG, `third`.padStart(5 + (this.#times % 3)))
    }
    return super.readBytes(path)
  }
}
