"""The basic jobs of a program that uses pylxd, on the server below $LXD_DIR. Arguments: an image file, a bridge's name."""
import sys

import pylxd

image_path, bridge = sys.argv[1:]
client = pylxd.Client()
# Debian 12 has pylxd 2.2, which knows instances by their older name.
containers = client.containers
assert client.trusted
print('server', client.host_info['environment']['server'], client.api.get().json()['status'])

pool = client.storage_pools.create({'name': 'py', 'driver': 'dir', 'config': {}})
assert [each.name for each in client.storage_pools.all()] == ['py']

network = client.networks.create(
    bridge, type='bridge', config={'ipv4.address': 'none', 'ipv6.address': 'none'}
)
assert client.networks.get(bridge).managed

profile = client.profiles.create(
    'py',
    config={'limits.processes': '200'},
    devices={
        'root': {'type': 'disk', 'path': '/', 'pool': 'py'},
        'eth0': {'type': 'nic', 'network': bridge, 'name': 'eth0'},
    },
)
profile.config['user.note'] = 'changed'
profile.save(wait=True)
assert client.profiles.get('py').config['user.note'] == 'changed'

with open(image_path, 'rb') as file:
    image = client.images.create(file.read(), public=False, wait=True)
image.add_alias('py-image', 'for pylxd')
assert client.images.get_by_alias('py-image').fingerprint == image.fingerprint
assert client.images.exists(image.fingerprint)

instance = containers.create(
    {
        'name': 'py1',
        'source': {'type': 'image', 'alias': 'py-image'},
        'profiles': ['py'],
        'config': {'user.by': 'pylxd'},
    },
    wait=True,
)
assert containers.exists('py1') and instance.status == 'Stopped'
instance.start(wait=True)
assert containers.get('py1').status == 'Running'
assert instance.state().processes >= 1

result = instance.execute(['sh', '-c', 'echo out; echo err >&2; exit 3'])
assert (result.exit_code, result.stdout, result.stderr) == (3, 'out\n', 'err\n'), result
result = instance.execute(['cat'], stdin_payload='typed in')
assert result.stdout == 'typed in', result

instance.files.put('/root/file', b'\x00bytes\xff', mode=0o640, uid=0, gid=0)
assert instance.files.get('/root/file') == b'\x00bytes\xff'
assert instance.execute(['stat', '-c', '%a', '/root/file']).stdout.strip() == '640'
instance.files.delete('/root/file')

instance.config['user.by'] = 'somebody'
instance.save(wait=True)
assert containers.get('py1').config['user.by'] == 'somebody'

instance.freeze(wait=True)
assert containers.get('py1').status == 'Frozen'
instance.unfreeze(wait=True)
instance.restart(wait=True, force=True)
instance.stop(wait=True, force=True)
instance.rename('py2', wait=True)
containers.get('py2').delete(wait=True)
assert not containers.exists('py1') and not containers.exists('py2')

try:
    containers.get('py1')
    raise SystemExit('what is gone was found')
except pylxd.exceptions.NotFound:
    pass
try:
    containers.create({'name': 'bad name', 'source': {'type': 'none'}}, wait=True)
    raise SystemExit('a bad name was taken')
except pylxd.exceptions.LXDAPIException as error:
    print('refused', error)

image.delete(wait=True)
profile.delete(wait=True)
network.delete(wait=True)
pool.delete()
print('all done')
