/*
 * A privileged container whose process executes /proc/self/exe while it is still this program could open the program's file on the host
 * for writing (CVE-2019-5736). There is nothing to write to when the program runs from a sealed copy.
 */
#include "rexec.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static int memory_file(void)
{
	int fd = memfd_create("lxworks-helper", MFD_ALLOW_SEALING | MFD_CLOEXEC | MFD_EXEC);

	/* MFD_EXEC is new in 6.3; before, every such file is executable. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("lxworks-helper", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	return fd;
}

static int copy(int from, int to)
{
	struct stat facts;
	off_t done = 0;

	if (fstat(from, &facts))
		return -1;
	while (done < facts.st_size)
		if (sendfile(to, from, &done, (size_t)(facts.st_size - done)) <= 0)
			return -1;
	return 0;
}

int rexec_sealed(char **argv)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (self < 0)
		return -1;
	if (fcntl(self, F_GET_SEALS) == SEALS)
		return close(self);
	int sealed = memory_file();
	if (sealed < 0 || copy(self, sealed) || fcntl(sealed, F_ADD_SEALS, SEALS))
		return -1;
	close(self);
	return fexecve(sealed, argv, environ);
}
