/*
 * The program of the relay container: it listens at a link-local address of its host and carries what comes there over its standard input and
 * output, which the daemon holds through the engine's API. It knows nothing of HTTP, opens no connection by itself, and reads no file.
 *
 *   relay <address> <port>
 *
 * A frame is a kind (1 byte), a zero, the length of what follows (2 bytes), the number of a connection (4 bytes), then what follows; numbers are
 * big-endian, and that of a connection is never used again.
 *   to the daemon:   H listening   F failed: step, errno   O a connection   D data   E no more data   C may send so many bytes more   P as asked
 *   from the daemon: D, E, C as above   P are you there
 * Each side sends at most WINDOW bytes of a connection before it is allowed more, so that one slow reader holds up nobody else, and memory has a
 * limit. Without a frame for SILENCE seconds it ends: the daemon is gone, and whoever comes next may have the address.
 * One segment without writable data: all that changes is on the stack.
 */

#define CONNECTIONS 128
#define WINDOW 8192
#define PAYLOAD 4096
#define HEADER 8
#define SILENCE 30
#define BIND_TRIES 20

#ifdef __x86_64__
enum { READ = 0, WRITE = 1, CLOSE = 3, NANOSLEEP = 35, SETITIMER = 38, SOCKET = 41, SENDTO = 44, RECVFROM = 45, BIND = 49, LISTEN = 50,
       SETSOCKOPT = 54, CAPSET = 126, EXIT = 231, PPOLL = 271, ACCEPT4 = 288 };
__asm__(".section .text.start\n.globl _start\n_start: mov %rsp, %rdi\nand $-16, %rsp\ncall run\n.text\n");
static inline long call(long n, long a, long b, long c, long d, long e, long f) {
  long r;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return r;
}
#else
enum { READ = 63, WRITE = 64, CLOSE = 57, NANOSLEEP = 101, SETITIMER = 103, SOCKET = 198, SENDTO = 206, RECVFROM = 207, BIND = 200,
       LISTEN = 201, SETSOCKOPT = 208, CAPSET = 91, EXIT = 94, PPOLL = 73, ACCEPT4 = 242 };
__asm__(".section .text.start\n.globl _start\n_start: mov x0, sp\nbl run\n.text\n");
static inline long call(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
#endif

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

enum { EAGAIN = 11, EEXIST = 17, EADDRINUSE = 98 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16 };

struct connection {
  int fd; /* -1: free */
  u32 number;
  u32 allowed;        /* bytes that may still be sent to the daemon */
  u32 from, held;     /* what waits for the client, in buffer */
  u8 client_ended;    /* told to the daemon */
  u8 daemon_ended;
  u8 buffer[WINDOW];
};
struct pollfd { int fd; short events, revents; };
struct room {
  int listener;
  u32 last;
  u32 filled; /* of frame */
  u8 frame[HEADER + PAYLOAD];
  struct connection connections[CONNECTIONS];
};

static void put32(u8 *at, u32 value) {
  at[0] = value >> 24;
  at[1] = value >> 16;
  at[2] = value >> 8;
  at[3] = value;
}
static u32 get32(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }

static void leave(int code) {
  for (;;) call(EXIT, code, 0, 0, 0, 0, 0);
}

/* Sends a frame whose payload stands behind HEADER bytes of room. Who does not read what we say has us wait; the timer ends that. */
static void tell(u8 *frame, u8 kind, u32 number, u32 length) {
  frame[0] = kind;
  frame[1] = 0;
  frame[2] = length >> 8;
  frame[3] = length;
  put32(frame + 4, number);
  for (u32 done = 0; done < HEADER + length;) {
    long wrote = call(WRITE, 1, (long)(frame + done), HEADER + length - done, 0, 0, 0);
    if (wrote <= 0) leave(1);
    done += wrote;
  }
}
static void tell_short(u8 kind, u32 number) {
  u8 frame[HEADER];
  tell(frame, kind, number, 0);
}
static void fail(u8 step, long error) {
  u8 frame[HEADER + 2];
  frame[HEADER] = step;
  frame[HEADER + 1] = -error;
  tell(frame, 'F', 0, 2);
  leave(1);
}

/* The daemon has SILENCE seconds from now on. SIGALRM ends a process that does not handle it. */
static void wait_on(void) {
  long timer[4] = {0, 0, SILENCE, 0};
  call(SETITIMER, 0, (long)timer, 0, 0, 0, 0);
}

static u32 number_of(const char *text) {
  u32 value = 0;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (*text - '0');
  return value;
}
static u32 address_of(const char *text) {
  u32 value = 0;
  for (int part = 0; part < 4; part++) {
    value = value << 8 | (number_of(text) & 255);
    while (*text && *text != '.') text++;
    if (*text) text++;
  }
  return value;
}

/* `ip address add <address>/32 dev lo` (rtnetlink). One that is there is as good; whether it can be used shows when it is bound. */
static void claim(u32 address) {
  u8 message[40] = {0};
  *(u32 *)(message + 0) = sizeof message;
  *(u16 *)(message + 4) = 20;                        /* RTM_NEWADDR */
  *(u16 *)(message + 6) = 1 | 4 | 0x200 | 0x400;     /* request, acknowledge, exclusive, create */
  message[16] = 2;                                   /* AF_INET */
  message[17] = 32;
  *(u32 *)(message + 20) = 1;                        /* lo is always the first interface of a network namespace */
  *(u16 *)(message + 24) = 8;
  *(u16 *)(message + 26) = 2; /* IFA_LOCAL */
  put32(message + 28, address);
  *(u16 *)(message + 32) = 8;
  *(u16 *)(message + 34) = 1; /* IFA_ADDRESS */
  put32(message + 36, address);
  u8 answer[128];
  long fd = call(SOCKET, 16, 3 | 02000000, 0, 0, 0, 0); /* AF_NETLINK, raw, NETLINK_ROUTE */
  if (fd < 0) return;
  if (call(SENDTO, fd, (long)message, sizeof message, 0, 0, 0) == sizeof message)
    call(RECVFROM, fd, (long)answer, sizeof answer, 0, 0, 0);
  call(CLOSE, fd, 0, 0, 0, 0, 0);
}

static int open_listener(u32 address, u32 port) {
  u8 name[16] = {0};
  int one = 1;
  long pause[2] = {0, 50000000};
  long error = 0;
  *(u16 *)name = 2;
  name[2] = port >> 8;
  name[3] = port;
  put32(name + 4, address);
  long fd = call(SOCKET, 2, 1 | 04000 | 02000000, 0, 0, 0, 0); /* a stream that does not block and no child inherits */
  if (fd < 0) fail('s', fd);
  call(SETSOCKOPT, fd, 1, 2, (long)&one, sizeof one, 0); /* SO_REUSEADDR */
  for (int tries = 0; tries < BIND_TRIES; tries++) {
    error = call(BIND, fd, (long)name, sizeof name, 0, 0, 0);
    if (error != -EADDRINUSE) break;
    call(NANOSLEEP, (long)pause, 0, 0, 0, 0, 0); /* another one of us is just ending */
  }
  if (error < 0) fail('b', error);
  error = call(LISTEN, fd, CONNECTIONS, 0, 0, 0, 0);
  if (error < 0) fail('l', error);
  return fd;
}

/* From here on it can do what any process can, and no more. */
static void drop_capabilities(void) {
  u32 header[2] = {0x20080522, 0};
  u32 sets[6] = {0};
  long error = call(CAPSET, (long)header, (long)sets, 0, 0, 0, 0);
  if (error < 0) fail('c', error);
}

static void shut(struct connection *one) {
  if (!one->client_ended) tell_short('E', one->number);
  call(CLOSE, one->fd, 0, 0, 0, 0, 0);
  one->fd = -1;
}

/* Gives the client what waits for it, and the daemon leave to send as much again. */
static void flush(struct connection *one) {
  u32 sent = 0;
  while (one->held > 0) {
    u32 length = one->held < WINDOW - one->from ? one->held : WINDOW - one->from;
    long wrote = call(SENDTO, one->fd, (long)(one->buffer + one->from), length, 0x4000, 0, 0); /* MSG_NOSIGNAL */
    if (wrote == -EAGAIN) break;
    if (wrote <= 0) return shut(one);
    one->from = (one->from + wrote) % WINDOW;
    one->held -= wrote;
    sent += wrote;
  }
  if (one->daemon_ended && one->held == 0) return shut(one);
  if (sent > 0 && !one->daemon_ended) {
    u8 frame[HEADER + 4];
    put32(frame + HEADER, sent);
    tell(frame, 'C', one->number, 4);
  }
}

static void take(struct connection *one) {
  u8 frame[HEADER + PAYLOAD];
  u32 most = one->allowed < PAYLOAD ? one->allowed : PAYLOAD;
  long length = call(RECVFROM, one->fd, (long)(frame + HEADER), most, 0, 0, 0);
  if (length == -EAGAIN) return;
  if (length < 0) return shut(one);
  if (length == 0) {
    one->client_ended = 1;
    return tell_short('E', one->number);
  }
  one->allowed -= length;
  tell(frame, 'D', one->number, length);
}

static void welcome(struct room *room) {
  struct connection *one = room->connections;
  while (one->fd >= 0) one++; /* there is a free one, or the listener would not have been asked */
  long fd = call(ACCEPT4, room->listener, 0, 0, 04000 | 02000000, 0, 0);
  if (fd < 0) return;
  one->fd = fd;
  one->number = ++room->last;
  one->allowed = WINDOW;
  one->from = one->held = 0;
  one->client_ended = one->daemon_ended = 0;
  tell_short('O', one->number);
}

static struct connection *numbered(struct room *room, u32 number) {
  for (int i = 0; i < CONNECTIONS; i++)
    if (room->connections[i].fd >= 0 && room->connections[i].number == number) return room->connections + i;
  return 0;
}

static void obey(struct room *room, u8 kind, u32 number, const u8 *data, u32 length) {
  wait_on();
  if (kind == 'P') return tell_short('P', number);
  struct connection *one = numbered(room, number);
  if (!one) return; /* it has ended meanwhile */
  if (kind == 'C' && length == 4) one->allowed += get32(data) & 0xffff;
  if (kind == 'D' && !one->daemon_ended) {
    if (length > WINDOW - one->held) return shut(one);
    for (u32 i = 0; i < length; i++) one->buffer[(one->from + one->held + i) % WINDOW] = data[i];
    one->held += length;
    flush(one);
  }
  if (kind == 'E') {
    one->daemon_ended = 1;
    flush(one);
  }
}

static void listen_to_daemon(struct room *room) {
  long length = call(READ, 0, (long)(room->frame + room->filled), sizeof room->frame - room->filled, 0, 0, 0);
  if (length <= 0) leave(0);
  room->filled += length;
  u32 at = 0;
  while (room->filled - at >= HEADER) {
    u8 *frame = room->frame + at;
    u32 size = (u32)frame[2] << 8 | frame[3];
    if (size > PAYLOAD) leave(2);
    if (room->filled - at < HEADER + size) break;
    obey(room, frame[0], get32(frame + 4), frame + HEADER, size);
    at += HEADER + size;
  }
  for (u32 i = at; i < room->filled; i++) room->frame[i - at] = room->frame[i];
  room->filled -= at;
}

static void serve(struct room *room) {
  struct pollfd polled[CONNECTIONS + 2];
  for (;;) {
    int free = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
      struct connection *one = room->connections + i;
      free |= one->fd < 0;
      polled[i].fd = one->fd;
      polled[i].revents = 0;
      polled[i].events = (!one->client_ended && one->allowed > 0 ? POLLIN : 0) | (one->held > 0 ? POLLOUT : 0);
      /* A client that ended and has nothing to get would be told of for ever. */
      if (one->client_ended && one->held == 0) polled[i].fd = -1;
    }
    polled[CONNECTIONS] = (struct pollfd){0, POLLIN, 0};
    polled[CONNECTIONS + 1] = (struct pollfd){free ? room->listener : -1, POLLIN, 0};
    if (call(PPOLL, (long)polled, CONNECTIONS + 2, 0, 0, 0, 0) < 0) continue;
    for (int i = 0; i < CONNECTIONS; i++) {
      struct connection *one = room->connections + i;
      if (polled[i].revents & POLLOUT) flush(one);
      if (one->fd >= 0 && polled[i].revents & POLLIN) take(one);
      else if (one->fd >= 0 && polled[i].revents & (POLLERR | POLLHUP)) shut(one);
    }
    if (polled[CONNECTIONS + 1].revents) welcome(room);
    if (polled[CONNECTIONS].revents) listen_to_daemon(room);
  }
}

__attribute__((used)) void run(long *stack) {
  struct room room;
  char **arguments = (char **)(stack + 1);
  if (stack[0] != 3) leave(64);
  room.last = 0;
  room.filled = 0;
  for (int i = 0; i < CONNECTIONS; i++) room.connections[i].fd = -1;
  wait_on();
  u32 address = address_of(arguments[1]);
  if (address >> 16 == 0xa9fe) claim(address); /* 169.254.0.0/16: any other one is not ours to add */
  room.listener = open_listener(address, number_of(arguments[2]));
  drop_capabilities();
  tell_short('H', 0);
  serve(&room);
}
