const text = `Provisioning is not written yet; nothing was written to a card.

What is coming: identity, site profile and label for the box of one client site, written to the image.
Until then the lab's sensor gets its profile by \`npm start\`. See provision/README.md.
`;

process.stderr.write(text);
process.exitCode = 2;
