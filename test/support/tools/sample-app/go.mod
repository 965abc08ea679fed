// The application that the sample packages install: see ../../setup/node.mjs.
module carvel-airgap.test/sample-app

go 1.21
