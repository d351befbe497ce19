// Package interop holds tests against programs that others wrote, in other
// languages. They run where node is and "npm install --prefix e2e/interop --no-save" has been
// run, as in .ci/run; elsewhere they say that they did not.
package interop
