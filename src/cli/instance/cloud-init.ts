// The cloud-init of a host that becomes a container instance: Docker, and one way in. Everything in it may be read by anybody who reads user
// data (on most clouds each process of the host can): public keys and certificates only. Deliberately absent: a key of the host's own, which
// it makes itself, and any agent: there is none.

/** How the daemon gets in. */
export type WayIn =
  | { readonly kind: 'ssh'; readonly user: string /** Lines of authorized_keys, public keys. */; readonly keys: readonly string[] }
  /** `ca`: certificates (PEM) that the daemon's own comes from; `names`: what the engine's certificate is to be for. */
  | { readonly kind: 'tls'; readonly ca: string; readonly names: readonly string[] };

/** Where Docker and its certificates are on the host. */
export const TLS_FOLDER = '/etc/docker/longshore';
/** Takes the signed certificate and opens the port. */
export const TLS_SCRIPT = '/usr/local/sbin/longshore-engine-tls';
/** Docker's own port for TLS. */
export const TLS_PORT = 2376;

/** The user data of a host. `hostName` null: the one that the provider gives it. */
export function cloudInit(hostName: string | null, way: WayIn): string {
  return [
    '#cloud-config',
    `# A container instance for Longshore, reached over ${way.kind === 'ssh' ? 'ssh' : 'TLS'}. Nothing in it is secret.`,
    ...(hostName === null ? [] : [`hostname: ${quoted(hostName)}`]),
    ...(way.kind === 'ssh' ? sshUser(way.user, way.keys) : tlsFiles(way.ca, way.names)),
    'package_update: true',
    'packages:',
    '  - docker.io # Debian and Ubuntu',
    ...(way.kind === 'tls' ? ['  - openssl'] : []),
    'runcmd:',
    '  - [systemctl, enable, --now, docker.service]',
    ...(way.kind === 'tls' ? [`  - [sh, ${TLS_SCRIPT}, request]`] : []),
    '',
  ].join('\n');
}

/** A user whose key opens the engine's socket through sshd, and nothing else: no terminal, no agent, no password. */
function sshUser(user: string, keys: readonly string[]): readonly string[] {
  return [
    'users:',
    '  - default',
    `  - name: ${quoted(user)}`,
    '    gecos: Longshore',
    '    groups: [docker] # made here if Docker has not made it yet',
    '    shell: /bin/sh',
    '    lock_passwd: true',
    '    ssh_authorized_keys:',
    ...keys.map((key) => `      - ${quoted(`restrict,port-forwarding ${key}`)}`),
  ];
}

/** The host makes its key and asks for a certificate; once that is there, dockerd listens with it, and not before. */
function tlsFiles(ca: string, names: readonly string[]): readonly string[] {
  return [
    'write_files:',
    `  - path: ${TLS_FOLDER}/ca.pem`,
    "    permissions: '0644'",
    '    content: |',
    ...indented(ca),
    `  - path: ${TLS_SCRIPT}`,
    "    permissions: '0755'",
    '    content: |',
    ...indented(tlsScript(names)),
  ];
}

function tlsScript(names: readonly string[]): string {
  const alternatives = names.map((name) => `${/^[0-9.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',');
  return `#!/bin/sh
# longshore-engine-tls request: makes the key of this engine and a request for a certificate.
# longshore-engine-tls take <certificate>: takes the signed certificate, and lets dockerd listen with it.
set -eu
umask 077
cd ${TLS_FOLDER}
case "$1" in
  request)
    [ -e key.pem ] || openssl req -new -newkey rsa:3072 -nodes -keyout key.pem -out request.pem \\
      -subj '/CN=${names[0] ?? ''}' -addext 'subjectAltName=${alternatives}' -addext 'extendedKeyUsage=serverAuth'
    ;;
  take)
    cp "$2" cert.pem
    mkdir -p /etc/systemd/system/docker.service.d
    cat > /etc/systemd/system/docker.service.d/longshore.conf <<'END'
[Service]
ExecStart=
ExecStart=/usr/sbin/dockerd -H fd:// -H tcp://0.0.0.0:${TLS_PORT} --containerd=/run/containerd/containerd.sock --tlsverify --tlscacert ${TLS_FOLDER}/ca.pem --tlscert ${TLS_FOLDER}/cert.pem --tlskey ${TLS_FOLDER}/key.pem
END
    systemctl daemon-reload
    systemctl restart docker.service
    ;;
  *)
    echo "longshore-engine-tls request | take <certificate>" >&2
    exit 1
    ;;
esac
`;
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `      ${line}`));
}

/** A text in double quotes: JSON's are YAML's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
