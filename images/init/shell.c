// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "plan.h"
#include "power.h"
#include "results.h"
#include "shell.h"

#define TERMINAL	"/dev/hvc0"
#define BUSYBOX		"/bin/busybox"

static int terminal_there(void *arg)
{
	(void)arg;
	return !access(TERMINAL, R_OK | W_OK);
}

static void make_sane(int fd, const struct plan *plan)
{
	struct winsize size = { .ws_row = plan->rows, .ws_col = plan->columns };
	struct termios terminal;

	if (plan->rows && plan->columns)
		ioctl(fd, TIOCSWINSZ, &size);
	if (tcgetattr(fd, &terminal))
		return;
	terminal.c_iflag = ICRNL | IXON | IUTF8;
	/* What a command writes goes to the host's files as it is. */
	terminal.c_oflag = plan->command ? 0 : OPOST | ONLCR;
	terminal.c_cflag = B38400 | CS8 | CREAD | HUPCL | CLOCAL;
	terminal.c_lflag = ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE;
	terminal.c_cc[VINTR] = 'C' - '@';
	terminal.c_cc[VQUIT] = '\\' - '@';
	terminal.c_cc[VERASE] = 0x7f;
	terminal.c_cc[VKILL] = 'U' - '@';
	terminal.c_cc[VEOF] = 'D' - '@';
	terminal.c_cc[VSUSP] = 'Z' - '@';
	terminal.c_cc[VWERASE] = 'W' - '@';
	terminal.c_cc[VLNEXT] = 'V' - '@';
	terminal.c_cc[VMIN] = 1;
	terminal.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &terminal);
}

static __noreturn void become_shell(const struct plan *plan)
{
	char * const typed[] = { "-sh", NULL };
	char * const given[] = { "sh", "-c", plan->command, NULL };
	static char * const env[] = {
		"PATH=/workloads:/bin:/sbin:/usr/bin:/usr/sbin", "HOME=/tmp", "TERM=linux",
		"PS1=m2m-rig# ", NULL
	};
	int fd;

	setsid();
	/* The first terminal that a session leader opens controls the session. */
	fd = open(TERMINAL, O_RDWR);
	if (fd < 0)
		_exit(126);
	ioctl(fd, TIOCSCTTY, 0);
	make_sane(fd, plan);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	if (plan->command) {
		fd = open("/dev/null", O_RDONLY);
		if (fd < 0 || dup2(fd, 0) < 0)
			_exit(126);
	}
	signal(SIGPIPE, SIG_DFL);
	if (chdir("/tmp"))
		_exit(126);
	execve("/bin/sh", plan->command ? given : typed, env);
	_exit(127);
}

/* Give busybox its names, if the image carries one without them. */
static void install_busybox(void)
{
	pid_t pid;

	if (access(BUSYBOX, X_OK))
		return;
	pid = fork();
	if (!pid) {
		execl(BUSYBOX, "busybox", "--install", "-s", "/bin", NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

void shell_run(const struct plan *plan)
{
	int status = 0;
	pid_t pid, ended;

	if (!clock_wait_for(terminal_there, NULL, 2 * NSEC_PER_SEC))
		die("no " TERMINAL);
	install_busybox();
	pid = fork();
	if (!pid)
		become_shell(plan);
	if (pid < 0)
		die("fork: %s", strerror(errno));
	do {
		ended = waitpid(-1, &status, 0);
	} while (ended != pid && !(ended < 0 && errno == ECHILD));
	if (ended != pid)
		die("the shell is gone");
	/* As a shell says it of what it has run. */
	results_line("# shell %d",
		     WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
