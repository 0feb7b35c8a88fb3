// Kernels borrow stack memory for every small call and write all of it before they read it; clearing it first would cost more than some calls.
[module: System.Runtime.CompilerServices.SkipLocalsInit]
