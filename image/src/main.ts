const text = `The image builder is not written yet; nothing was built.

What is coming: one disk image for the Raspberry Pi (arm64) and the mini PC (amd64), Debian trixie, with the
ruleset and the bridge in the initramfs, a read-only verified root and signed A/B updates. See image/README.md.
`;

process.stderr.write(text);
process.exitCode = 2;
