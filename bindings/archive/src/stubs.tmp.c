#include "archive.h"
void unpack_squashfs(const struct request *r){(void)r; fail("EINVAL",NULL,"x");}
void pack(const struct request *r){unpack_squashfs(r);}
void copy_tree(const struct request *r){unpack_squashfs(r);}
void shift_tree(const struct request *r){unpack_squashfs(r);}
