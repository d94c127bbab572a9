import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Channel, LinuxNative } from '../../bindings/linux/native.ts'
import type { LinuxRule } from './linux-subject.ts'

const SOON_MS = 20
const MOST_BYTES = 1 << 20
const MOST_DESCRIPTORS = 16

/** A channel and what it has told. */
class End {
  readonly channel: Channel
  readonly messages: string[] = []
  readonly fds: number[] = []
  closings = 0
  #wake = (): void => undefined

  constructor(linux: LinuxNative, fd: number) {
    this.channel = new linux.Channel(fd, {
      message: (bytes, fds) => {
        this.messages.push(bytes.toString())
        this.fds.push(...fds)
        this.#wake()
      },
      closed: () => {
        this.closings += 1
        this.#wake()
      },
    })
    this.channel.ref()
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function pair(linux: LinuxNative): readonly [End, End] {
  const [ours, theirs] = linux.socketPair()
  return [new End(linux, ours), new End(linux, theirs)]
}

const bytes = (text: string): Buffer => Buffer.from(text)

const messages: readonly LinuxRule[] = [
  {
    name: 'messages arrive whole and in order, both ways',
    run: async ({ linux }) => {
      const [left, right] = pair(linux)
      for (const text of ['one', 'two']) left.channel.send(bytes(text), [])
      right.channel.send(bytes('three'), [])
      await right.until(() => right.messages.length === 2)
      await left.until(() => left.messages.length === 1)
      assert.deepEqual([right.messages, left.messages], [['one', 'two'], ['three']])
      left.channel.close()
      right.channel.close()
    },
  },
  {
    name: 'a message is copied: what is done to the bytes afterwards does not matter',
    run: async ({ linux }) => {
      const [left, right] = pair(linux)
      const message = bytes('before')
      left.channel.send(message, [])
      message.fill('x')
      await right.until(() => right.messages.length === 1)
      assert.deepEqual(right.messages, ['before'])
      left.channel.close()
      right.channel.close()
    },
  },
  {
    name: 'what the other end does not take yet waits, with its descriptors',
    run: async (subject) => {
      const { linux } = subject
      const [ours, theirs] = linux.socketPair()
      const left = new End(linux, ours)
      const text = 'x'.repeat(100_000)
      const [output, input] = linux.pipe()
      for (let n = 0; n < 50; n++) left.channel.send(bytes(`${n}${text}`), [])
      left.channel.send(bytes('last'), [input])
      linux.close(input)
      const right = new End(linux, theirs)
      await right.until(() => right.messages.length === 51)
      assert.deepEqual(
        right.messages.slice(0, 50),
        [...Array(50).keys()].map((n) => `${n}${text}`),
      )
      const [fd = -1] = right.fds
      subject.write(fd, 'through')
      assert.equal(subject.read(output), 'through')
      for (const held of [fd, output]) linux.close(held)
      left.channel.close()
      right.channel.close()
    },
  },
  {
    name: 'a message of 1 MiB less its frame arrives; none, or more, is refused',
    run: async ({ linux }) => {
      const [left, right] = pair(linux)
      left.channel.send(Buffer.alloc(900 * 1024), [])
      await right.until(() => right.messages.length === 1)
      assert.equal(right.messages[0]?.length, 900 * 1024)
      const send = (length: number) => () => left.channel.send(Buffer.alloc(length), [])
      assert.throws(send(MOST_BYTES + 1), { code: 'EMSGSIZE', syscall: 'sendmsg' })
      assert.throws(send(0), { code: 'EINVAL', syscall: 'sendmsg' })
      assert.throws(() => left.channel.send('text' as never, []), { name: 'TypeError' })
      left.channel.close()
      right.channel.close()
    },
  },
]

const descriptors: readonly LinuxRule[] = [
  {
    name: 'descriptors ride on a message and are the receiver’s own',
    run: async (subject) => {
      const { linux } = subject
      const [left, right] = pair(linux)
      const [output, input] = linux.pipe()
      left.channel.send(bytes('take these'), [input, output])
      for (const fd of [input, output]) linux.close(fd)
      await right.until(() => right.messages.length === 1)
      const [theirInput = -1, theirOutput = -1] = right.fds
      subject.write(theirInput, 'still')
      assert.equal(subject.read(theirOutput), 'still')
      for (const fd of right.fds) linux.close(fd)
      left.channel.close()
      right.channel.close()
    },
  },
  {
    name: 'up to 16 descriptors fit on a message, and only open ones',
    run: async ({ linux }) => {
      const [left, right] = pair(linux)
      const [output, input] = linux.pipe()
      const many = Array<number>(MOST_DESCRIPTORS).fill(output)
      assert.throws(() => left.channel.send(bytes('x'), [...many, input]), { code: 'EINVAL' })
      assert.throws(() => left.channel.send(bytes('x'), [-1]), { code: 'EBADF' })
      left.channel.send(bytes('many'), many)
      await right.until(() => right.messages.length === 1)
      assert.equal(new Set(right.fds).size, MOST_DESCRIPTORS)
      assert.deepEqual(right.messages, ['many'])
      for (const fd of [...right.fds, output, input]) linux.close(fd)
      left.channel.close()
      right.channel.close()
    },
  },
]

const ends: readonly LinuxRule[] = [
  {
    name: 'what was sent before the end arrives before the end, which is told once',
    run: async ({ linux }) => {
      const [left, right] = pair(linux)
      left.channel.send(bytes('last words'), [])
      left.channel.close()
      await right.until(() => right.closings === 1)
      assert.deepEqual(right.messages, ['last words'])
      assert.throws(() => right.channel.send(bytes('x'), []), { code: 'EPIPE', syscall: 'sendmsg' })
      right.channel.close()
      await pause(SOON_MS)
      assert.deepEqual([left.closings, right.closings], [0, 1])
    },
  },
  {
    name: 'a channel that was closed owns nothing, sends nothing and tells nothing',
    run: async ({ linux, isOpen }) => {
      const [ours, theirs] = linux.socketPair()
      const [left, right] = [new End(linux, ours), new End(linux, theirs)]
      left.channel.send(bytes('unread'), [])
      right.channel.close()
      right.channel.close()
      assert.equal(isOpen(theirs), false)
      assert.throws(() => right.channel.send(bytes('x'), []), { code: 'EPIPE' })
      await left.until(() => left.closings === 1)
      await pause(SOON_MS)
      assert.deepEqual([right.messages, right.closings, isOpen(ours)], [[], 0, false])
    },
  },
  {
    name: 'closing inside a message is the end of messages',
    run: async ({ linux }) => {
      const [ours, theirs] = linux.socketPair()
      const left = new End(linux, ours)
      for (const text of ['one', 'two']) left.channel.send(bytes(text), [])
      const heard: string[] = []
      const right = new linux.Channel(theirs, {
        message: (message) => {
          heard.push(message.toString())
          right.close()
        },
        closed: () => heard.push('closed'),
      })
      right.ref()
      await left.until(() => left.closings === 1)
      await pause(SOON_MS)
      assert.deepEqual(heard, ['one'])
    },
  },
]

/** What holds of message channels. */
export const channelRules: readonly LinuxRule[] = [...messages, ...descriptors, ...ends]
