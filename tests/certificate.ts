/**
 * Certificates for servers of tests.
 *
 * @module
 */

/** Whether one can be made here. */
export async function hasOpenssl(): Promise<boolean> {
  return await new Deno.Command("openssl", { args: ["version"], stdout: "null" }).output().then(
    ({ success }) => success,
    () => false,
  );
}

/**
 * Makes a certificate for a name, signed by itself: `cert.pem` and `key.pem` in a folder.
 *
 * @param isAuthority Whether it may sign others, which Node wants of what signs itself, and Deno does not take from a server.
 */
export async function makeCertificate(folder: string, name: string, isAuthority = true): Promise<void> {
  const files = ["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`];
  const extensions = [
    "-addext",
    `subjectAltName=DNS:${name}`,
    "-addext",
    `basicConstraints=critical,CA:${isAuthority ? "TRUE" : "FALSE"}`,
  ];
  const subject = ["-subj", `/CN=${name}`, ...extensions];
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject, ...files];
  const { success, stderr } = await new Deno.Command("openssl", { args, stdout: "null" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
