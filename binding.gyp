{
  'variables': {
    'sanitize%': '<!(node -p "Number(process.env.LXWORKS_SANITIZE === \'1\')")',
    # Sources are found, not listed; a part without any is not built.
    'linux_sources': '<!(find bindings/linux/src -name "*.cc" 2>/dev/null | sort)',
    'liblxc_sources': '<!(find bindings/liblxc/src -name "*.cc" 2>/dev/null | sort)',
    'helper_sources': '<!(find bindings/helper/src -name "*.c" 2>/dev/null | sort)',
    'init_sources': '<!(find bindings/init/src -name "*.c" 2>/dev/null | sort)',
    'archive_sources': '<!(find bindings/archive/src -name "*.c" 2>/dev/null | sort)',
  },
  'target_defaults': {
    'cflags': ['-Wall', '-Wextra', '-fstack-protector-strong', '-fvisibility=hidden'],
    'cflags_c': ['-std=gnu11'],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=c++17', '-fexceptions'],
    'defines': ['_GNU_SOURCE', '_FILE_OFFSET_BITS=64', 'NAPI_VERSION=8', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
    # g++ links every target, and a C program must not carry libstdc++ for that.
    'ldflags!': ['-rdynamic'],
    'ldflags': ['-Wl,--as-needed', '-Wl,-z,relro,-z,now'],
    'conditions': [
      ['sanitize==1', {
        'cflags': ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined', '-g'],
        'ldflags': ['-fsanitize=address,undefined'],
      }],
    ],
  },
  'targets': [],
  'conditions': [
    ['linux_sources!=""', {
      'targets': [{
        'target_name': 'linux',
        'sources': ['<!@(find bindings/linux/src -name "*.cc" | sort)'],
      }],
    }],
    ['liblxc_sources!=""', {
      'targets': [{
        'target_name': 'liblxc',
        # gyp would take the prefix off.
        'product_name': 'liblxc',
        'sources': ['<!@(find bindings/liblxc/src -name "*.cc" | sort)'],
        'libraries': ['-ldl'],
      }],
    }],
    ['helper_sources!=""', {
      'targets': [{
        'target_name': 'lxworks-helper',
        'type': 'executable',
        'sources': ['<!@(find bindings/helper/src -name "*.c" | sort)'],
        'libraries': ['-ldl'],
      }],
    }],
    ['init_sources!=""', {
      'targets': [{
        # Runs in containers that have no library at all.
        'target_name': 'lxworks-init',
        'type': 'executable',
        'sources': ['<!@(find bindings/init/src -name "*.c" | sort)'],
        'cflags!': ['-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
        'ldflags!': ['-fsanitize=address,undefined'],
        'ldflags': ['-static'],
        'conditions': [
          # A finding is an illegal instruction there: the report would need a library.
          ['sanitize==1', { 'cflags': ['-fsanitize=undefined', '-fsanitize-undefined-trap-on-error'] }],
        ],
      }],
    }],
    ['archive_sources!=""', {
      'targets': [{
        'target_name': 'lxworks-archive',
        'type': 'executable',
        'sources': ['<!@(find bindings/archive/src -name "*.c" -not -path "*/tree/*" | sort)'],
        'include_dirs': ['bindings/archive/src', 'bindings/archive/src/shared'],
        'libraries': ['<!@(pkg-config --libs libarchive libisal)'],
      }, {
        'target_name': 'lxworks-tree',
        'type': 'executable',
        'sources': ['<!@(find bindings/archive/src/shared bindings/archive/src/tree -name "*.c" | sort)'],
        'include_dirs': ['bindings/archive/src/shared', 'bindings/archive/src/tree'],
      }],
    }],
  ],
}
