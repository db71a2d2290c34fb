"""What `import facedebias as fd` offers: audits of arrays, and faces in one picture."""
