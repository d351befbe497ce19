module github.com/amana-platform/amana/cmd/amana-onnx

go 1.26

require github.com/ebitengine/purego v0.11.0
